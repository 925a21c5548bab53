"""`occupancy report` on moto. It is Sunday, 22 November 2026; the shop is open from 9 to 11.

Each day has 24 instants. On Tuesday the second hour is not counted.
"""

import json
from collections.abc import Sequence
from csv import DictReader
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from counter.history.bucket import HistoryBucket, StoredFile
from counter.history.files import pack
from counter.history.keys import quarters_key
from counter.stores.calendar import DAY
from counter.stores.store import Store
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import FakeClock, Run, refused
from tests.infra.cli.report.shop import MONDAY, ZONE, ReportShop, camera

USUAL: Sequence[int | None] = [2] * 12 + [6] * 12
DARK: Sequence[int | None] = [2] * 12 + [None] * 12
TODAY = date(2026, 11, 22)
SPAN = ("--from", "2026-11-16", "--to", "2026-11-21")
NORTH = Store("north", ZONE, name="Nordkreuz <1>")


@pytest.fixture
def shop(registry: CameraRegistry) -> ReportShop:
    """A week of a camera, of which the days until Saturday are written."""
    found = ReportShop.of(registry)
    door = camera()
    registry.add(door)
    found.stores.add(NORTH)
    for number in range(6):
        found.put_day(door, MONDAY + number * DAY, DARK if number == 1 else USUAL)
    found.is_written_until(TODAY)
    return found


def values(run: Run, *arguments: str) -> dict[str, object]:
    result = run("report", *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, object] = json.loads(result.stdout)
    return found


def rows(run: Run, *arguments: str) -> list[dict[str, str]]:
    result = run("report", *arguments, "--csv")
    assert (result.exit_code, result.stderr) == (0, "")
    return list(DictReader(result.stdout.splitlines()))


def test_the_terminal_shows_figures_bars_gaps_and_how_sure_they_are(run: Run, shop: ReportShop) -> None:
    result = run("report", *SPAN)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "Nordkreuz <1>: store north, 2026-11-16 to 2026-11-21 (Europe/Berlin)"
    (monday,) = [line for line in lines if line.startswith("Mon 16 Nov 2026")]
    assert monday.split()[4:6] == ["█" * 16, "4.0"]
    (tuesday,) = [line for line in lines if line.startswith("Tue 17 Nov 2026")]
    assert tuesday.split()[4:] == ["50", "%", "no_media", "12", "unknown", "[4]"]
    assert any(
        line.startswith("[4] Unknown: 50 % is missing, and of 8 earlier days counted") for line in lines
    )
    assert "132 of 144 instants were counted (91 %); gaps: 12 without video (no_media)." in lines


def test_a_narrow_terminal_keeps_value_interval_and_status(
    run: Run, shop: ReportShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    result = run("report", *SPAN)
    (head,) = [line for line in result.stdout.splitlines() if line.startswith("day ")]
    assert head.split() == ["day", "people", "95", "%", "status", "note"]


def test_counts_and_report_agree(run: Run, registry: CameraRegistry) -> None:
    """The mean of an hour is that of its rows; what `counts` calls a gap is no count in the report.

    Monday is read from its file, Tuesday from its roll-ups.
    """
    shop = ReportShop.of(registry)
    registry.add(camera())
    shop.stores.add(NORTH)
    shop.count(camera(), MONDAY, [1, 2, 3, 4, 5, 0] * 4)
    shop.count(camera(), MONDAY + DAY, DARK)
    shop.write(MONDAY)
    shop.is_written_until(MONDAY + DAY)
    shop.close(TODAY)
    counted = json.loads(run("counts", "door", "--from", "2026-11-16", "--to", "2026-11-18", "--json").stdout)
    found = rows(run, "--camera", "door", "--from", "2026-11-16", "--to", "2026-11-17", "--by", "hour")
    assert len(found) == 4
    for row in found:
        inside = [entry for entry in counted if row["start"] <= entry["time"] < row["end"]]
        known = [entry["count"] for entry in inside if entry["status"] == "counted"]
        assert (int(row["due"]), int(row["counted"])) == (len(inside), len(known))
        gaps = [entry["reason"] for entry in inside if entry["status"] == "gap"]
        assert row["gaps"] == (f"{gaps[0]} {len(gaps)}" if gaps else "")
        if known:
            assert float(row["mean"]) == pytest.approx(sum(known) / len(known))
            assert float(row["peak"]) == max(known)
        else:
            assert (row["status"], row["mean"]) == ("unknown", "")


def test_zones_and_areas(run: Run, shop: ReportShop) -> None:
    assert [row["mean"] for row in rows(run, "--area", "floor", *SPAN)][:3] == ["4.0", "", "4.0"]
    # The zone is the whole picture.
    (row,) = rows(run, "--zone", "shelf", "--from", "2026-11-16", "--to", "2026-11-16", "--by", "day")
    assert float(row["mean"]) == pytest.approx(4.0)


def test_the_open_day_is_pending_and_shows_what_is_closed(
    run: Run, shop: ReportShop, registry: CameraRegistry, fake_clock: FakeClock
) -> None:
    opens = next(camera().due(NORTH.calendar.start_of(TODAY), NORTH.calendar.end_of(TODAY)))
    registry.record_closed("door", None, opens + timedelta(hours=1))
    shop.count(camera(), TODAY, [2] * 13)
    fake_clock.now = opens + timedelta(hours=1, minutes=10)
    first, second = rows(run, "--today")
    assert (first["status"], first["mean"], first["pending"]) == ("known", "2.0", "0")
    assert (second["status"], second["mean"]) == ("pending", "")


def test_what_is_due_and_not_counted_yet_is_pending(
    run: Run, shop: ReportShop, registry: CameraRegistry, fake_clock: FakeClock
) -> None:
    registry.add(camera("till", area="tills", sampling=camera().sampling))
    first, second = rows(run, "--camera", "till", "--today")
    assert (first["status"], first["due"], first["counted"], first["pending"]) == ("pending", "12", "0", "12")
    assert second["status"] == "pending"


def test_a_page_is_written_as_a_whole(run: Run, shop: ReportShop, tmp_path: Path) -> None:
    path = tmp_path / "north.html"
    path.write_text("the page before")
    result = run("report", *SPAN, "--html", str(path))
    assert result.stdout == f"{path} shows store north, 2026-11-16 to 2026-11-21.\n"
    assert "Nordkreuz &lt;1&gt;" in path.read_text()
    assert path.read_text().endswith("</html>\n")
    assert [found.name for found in tmp_path.iterdir()] == ["north.html"]


def test_a_damaged_file_is_named_and_the_page_before_stays(
    run: Run, shop: ReportShop, tmp_path: Path
) -> None:
    day = MONDAY + DAY
    path = tmp_path / "north.html"
    path.write_text("the page before")
    contents = {
        "it is not gzip": b"junk",
        "it is not a file of quarter hours": pack(b'{"store":"north","camera":"door"}\n'),
        "it is of another store": pack(b'{"store":"south","camera":"door"}\n'),
        "a line is not a JSON object": pack(b"[1]\n"),
    }
    for why, content in contents.items():
        shop.damage(day, content)
        refused(
            run("report", *SPAN, "--html", str(path)),
            "history/day=2026-11-17/store=north/quarters.jsonl.gz in the history bucket cannot be read"
            f" ({why}): build it again with `occupancy store rebuild north --from 2026-11-17"
            " --to 2026-11-17`",
        )
    assert path.read_text() == "the page before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_page_that_cannot_be_written_is_one_sentence(run: Run, shop: ReportShop, tmp_path: Path) -> None:
    path = tmp_path / "none" / "north.html"
    result = run("report", *SPAN, "--html", str(path))
    refused(result, f"{path} cannot be written (No such file or directory): name another file")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--from", "2026-11-20", "--to", "2026-11-16"),
            "--from 2026-11-20 is after --to 2026-11-16: give an earlier --from",
        ),
        (
            ("--from", "2026-11-23"),
            "2026-11-23 is in the future: today is 2026-11-22 in store 'north', give an earlier day",
        ),
        (("--from", "monday"), "--from 'monday' is no day: write it as 2026-11-22"),
        (
            ("--week", "--today"),
            "--week and --today exclude each other: give --from and --to, --week or --today",
        ),
        (("--json", "--csv"), "--json, --csv and --html exclude each other: give one of them"),
        (("--from", ""), "--from is empty: give a value or leave the option out"),
        (("--store", "nort"), "store 'nort' is not in the registry: did you mean north?"),
        (("--camera", "dor"), "camera 'dor' is not in the registry: did you mean door?"),
        (("--area", "flor"), "area 'flor' is not in the registry: did you mean floor?"),
        (
            ("--camera", "door", "--zone", "shlf"),
            "zone 'shlf' is not in the registry: did you mean shelf?",
        ),
        (
            ("--store", "north", "--camera", "dor", *SPAN),
            "camera 'dor' is not in the registry: did you mean door?",
        ),
        (("--zone", "shlf"), "zone 'shlf' is not in the registry: did you mean shelf?"),
        (
            ("--area", "floor", "--camera", "door"),
            "--area and --camera or --zone exclude each other: give one of them",
        ),
        (
            ("--from", "2026-09-01", "--to", "2026-09-07"),
            (
                "nothing was due: store north, 2026-09-01 to 2026-09-07; give other days, or see"
                " `occupancy camera show CAMERA` for opening hours"
            ),
        ),
        (("--from", "2020-01-01"), "2020-01-01 to 2026-11-22 are more than three years: give fewer days"),
    ],
)
def test_bad_input_is_one_sentence(
    run: Run, shop: ReportShop, arguments: tuple[str, ...], sentence: str
) -> None:
    refused(run("report", *arguments), sentence)


def test_a_span_that_reaches_into_the_future_ends_today(run: Run, shop: ReportShop) -> None:
    result = run("report", "--from", "2026-11-20", "--to", "2026-12-01")
    assert (
        result.stderr == "Warning: --to 2026-12-01 is in the future: the report ends with today, 2026-11-22\n"
    )
    assert "store north, 2026-11-20 to 2026-11-22" in result.stdout


def test_a_camera_of_another_store_is_said_to_be_there(
    run: Run, shop: ReportShop, registry: CameraRegistry
) -> None:
    registry.add(camera("yard", store_id="south"))
    refused(
        run("report", "--store", "north", "--camera", "yard"),
        "camera 'yard' is not in store 'north' but in south: give --store south",
    )


def test_several_stores_must_be_told_apart(run: Run, shop: ReportShop, registry: CameraRegistry) -> None:
    registry.add(camera("till", store_id="south"))
    refused(run("report"), "there are several stores: give --store, one of north, south")
    refused(run("report", "--area", "floor"), "several stores have it: give --store, one of north, south")
    assert run("report", "--camera", "door", *SPAN).exit_code == 0


def test_a_store_without_cameras(run: Run, registry: CameraRegistry) -> None:
    refused(run("report"), "there is no store yet: add a camera with `occupancy camera add`")
    ReportShop.of(registry).stores.add(Store("west", ZONE))
    refused(
        run("report", "--week"),
        "nothing was due: store west, 2026-11-15 to 2026-11-21; the store has no camera, add one with"
        " `occupancy camera add`",
    )


def test_a_store_that_the_closing_has_not_seen_is_read_from_its_roll_ups(
    run: Run, registry: CameraRegistry
) -> None:
    registry.add(camera())
    shop = ReportShop.of(registry)
    shop.count(camera(), MONDAY, USUAL)
    shop.close(TODAY)
    assert [
        row["mean"] for row in rows(run, "--from", "2026-11-16", "--to", "2026-11-16", "--by", "day")
    ] == ["4.0"]


def test_a_removed_camera_is_found_in_the_history(
    run: Run, shop: ReportShop, registry: CameraRegistry
) -> None:
    registry.remove("door")
    for subject in (("--camera", "door"), ("--area", "floor"), ("--camera", "door", "--zone", "shelf")):
        first, *_ = rows(run, "--store", "north", *subject, *SPAN)
        assert first["mean"] == "4.0"


def test_a_camera_that_moved_is_named(run: Run, registry: CameraRegistry) -> None:
    shop = ReportShop.of(registry)
    registry.add(camera(area="cellar"))
    shop.stores.add(NORTH)
    shop.put_day(camera(), MONDAY, USUAL)
    shop.put_day(camera(area="cellar"), MONDAY + DAY, USUAL)
    shop.is_written_until(TODAY)
    span = ("--from", "2026-11-16", "--to", "2026-11-17")
    note = (
        "Camera door moved from area floor to area cellar on 2026-11-17: figures before and after are of"
        " different places."
    )
    for subject in (("--camera", "door"), ("--area", "floor"), ()):
        assert note in cast("list[str]", values(run, *subject, *span)["notes"])
    assert [row["status"] for row in rows(run, "--area", "floor", *span, "--by", "day")] == [
        "known",
        "closed",
    ]


def test_a_day_without_a_file_is_named(run: Run, shop: ReportShop) -> None:
    key = quarters_key(MONDAY + 2 * DAY, "north")
    shop.bucket.s3.delete_object(Bucket=shop.bucket.name, Key=key)
    found = values(run, *SPAN)
    assert found["notes"] == [
        "The history has no file of 2026-11-18: these days are missing here, see docs/history.md."
    ]


def test_late_counts_are_named(run: Run, shop: ReportShop) -> None:
    shop.marks.mark("north", "door", [NORTH.calendar.start_of(MONDAY + DAY)])
    assert values(run, *SPAN)["notes"] == [
        "Late counts of 2026-11-17 are not in the history yet: the next closing adds them."
    ]


def test_csv_has_no_notes_so_late_counts_are_a_warning(run: Run, shop: ReportShop) -> None:
    plain = run("report", *SPAN, "--csv")
    shop.marks.mark("north", "door", [NORTH.calendar.start_of(MONDAY + DAY)])
    result = run("report", *SPAN, "--csv")
    assert result.stderr == (
        "Warning: late counts of 2026-11-17 are not in the history yet: the next closing adds them\n"
    )
    assert (result.exit_code, result.stdout) == (0, plain.stdout)
    assert run("report", "--from", "2026-11-18", "--to", "2026-11-21", "--csv").stderr == ""


def test_days_that_are_read_from_roll_ups_lack_no_late_counts(run: Run, shop: ReportShop) -> None:
    shop.marks.mark("north", "door", [NORTH.calendar.start_of(day) for day in (MONDAY + 5 * DAY, TODAY)])
    notes = values(run, "--from", "2026-11-16", "--to", str(TODAY))["notes"]
    assert "Late counts of 2026-11-21 are not in the history yet: the next closing adds them." in cast(
        "list[str]", notes
    )


def test_late_counts_of_another_camera_are_not_named(run: Run, shop: ReportShop) -> None:
    shop.marks.mark("north", "till", [NORTH.calendar.start_of(MONDAY + DAY)])
    assert values(run, *SPAN, "--camera", "door")["notes"] == []
    assert len(cast("list[str]", values(run, *SPAN)["notes"])) == 1


def test_an_excluded_day_is_named(run: Run, shop: ReportShop, registry: CameraRegistry) -> None:
    stored = shop.stores.get("north")
    assert stored is not None
    shop.stores.change(
        stored, Store("north", ZONE, excluded={MONDAY: "stocktaking"}, next_day=stored.next_day)
    )
    assert values(run, *SPAN)["notes"] == ["Excluded from usual figures: 2026-11-16 (stocktaking)."]


def test_a_day_that_is_rewritten_while_it_is_read_is_read_whole(
    run: Run, shop: ReportShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = MONDAY + DAY
    get = HistoryBucket.get
    done: list[str] = []

    def rewriting(bucket: HistoryBucket, key: str) -> StoredFile | None:
        if key == quarters_key(day, "north") and not done:
            done.append(key)
            shop.count(camera(), day, USUAL)
            shop.write(day)
        return get(bucket, key)

    monkeypatch.setattr(HistoryBucket, "get", rewriting)
    tuesday = rows(run, *SPAN)[1]
    assert (tuesday["counted"], tuesday["mean"]) == ("24", "4.0")


def test_help_names_every_option(run: Run) -> None:
    text = run("report", "--help").stdout
    for option in (
        "--store",
        "--area",
        "--camera",
        "--zone",
        "--from",
        "--to",
        "--week",
        "--today",
        "--by",
        "--html",
    ):
        assert option in text
