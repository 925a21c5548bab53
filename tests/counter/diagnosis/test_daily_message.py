from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from counter.diagnosis.daily_message import MAX_BYTES, CameraReport, DailyReport, compose
from counter.diagnosis.darkness import Darkness, Health
from counter.rows.coverage import Coverage
from ingest.frames.messages import GapReason
from ingest.registry.sampling import Sampling
from tests.counter.world import NOON, at, camera

LIT = Health(Coverage(counted=288), None)
DARK = Health(Coverage(counted=200, other_gaps=88), Darkness(at(5), GapReason.NO_MEDIA, 88, at(0), at(30)))


def report(name: str, health: Health | None = LIT, store: str = "north", **more: object) -> CameraReport:
    entry = camera(name, store_id=store, sampling=Sampling(300, "Europe/Berlin"))
    return CameraReport(entry, health, **more)  # type: ignore[arg-type] # the fields of CameraReport


def body(*reports: CameraReport, invalid: tuple[str, ...] = ()) -> str:
    return compose(DailyReport("shops", reports, invalid)).body


def test_the_whole_message() -> None:
    reports = [report("till-1"), report("till-2", DARK), report("door", DARK, store="south")]
    message = compose(DailyReport("shops", reports, ["camera 'x': its registry item cannot be read"]))
    assert message.subject == "shops: 2 of 4 cameras are dark"
    assert message.body == (
        "2 of 4 cameras are dark.\n"
        "\n"
        "Store north, 1 of 2 cameras:\n"
        "  till-2 since 2026-11-22 13:05 CET: instants without video (no_media)\n"
        "\n"
        "Store south, its only camera:\n"
        "  door since 2026-11-22 13:05 CET: instants without video (no_media)\n"
        "\n"
        "Unknown, because of a fault\n"
        "  camera 'x': its registry item cannot be read\n"
        "\n"
        "What to do\n"
        "  no_media: check the camera and the sender of its video\n"
        "\n"
        "In the 24 hours before, 688 of 864 instants were counted (79.6 %).\n"
        "`occupancy doctor --camera CAMERA` examines one camera, `occupancy doctor` everything.\n"
    )


def test_all_is_well() -> None:
    message = compose(DailyReport("shops", [report("till-1")]))
    assert message.subject == "shops: 0 of 1 cameras are dark"
    assert message.body == (
        "0 of 1 cameras are dark.\n"
        "\n"
        "In the 24 hours before, 288 of 288 instants were counted (100.0 %).\n"
        "`occupancy doctor --camera CAMERA` examines one camera, `occupancy doctor` everything.\n"
    )


def test_a_gap_is_never_rounded_away() -> None:
    nearly = Health(Coverage(counted=99_999, not_pulled=1), None)
    assert "99999 of 100000 instants were counted (99.9 %)" in body(report("till-1", nearly))


def test_nothing_was_due() -> None:
    assert "In the 24 hours before, nothing was due." in body(report("till-1", Health(Coverage(), None)))


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (NOON, "since 2026-11-22 13:00 CET or longer (30 days without a count)"),
        (NOON - timedelta(days=1), "since 2026-11-21 13:00 CET, its first instant"),
    ],
)
def test_no_count_ever(since: datetime, words: str) -> None:
    assert DARK.darkness
    health = replace(DARK, darkness=replace(DARK.darkness, since=since, start=None))
    assert f"  till-1 {words}: " in body(report("till-1", health))


def test_a_camera_of_which_nothing_is_known() -> None:
    text = body(
        report("till-1", None, failure="Query: AccessDeniedException"),
        report("till-2", not_closed_since=at(15)),
    )
    assert "  camera 'till-1': its rows could not be read (Query: AccessDeniedException)\n" in text
    assert "  camera 'till-2': its quarter hours are only closed until 2026-11-22 13:15 CET\n" in text


def test_ten_thousand_dark_cameras_fit_into_a_message() -> None:
    message = compose(
        DailyReport("shops", [report(f"camera-{n:05}-{'x' * 40}", DARK) for n in range(10_000)])
    )
    assert MAX_BYTES - 200 < len(message.body.encode()) < MAX_BYTES + 100
    assert message.subject == "shops: 10000 of 10000 cameras are dark"
    assert message.body.endswith(" more lines: run `occupancy doctor`.\n")


def test_the_subject_of_a_stack_with_a_long_name_is_accepted() -> None:
    message = compose(DailyReport("s" * 128, [report("till-1")]))
    assert (len(message.subject), message.subject.isascii()) == (99, True)
    assert message.subject.endswith("sss: 0 of 1 cameras are dark")
