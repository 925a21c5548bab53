"""`camera add`, `set` and `remove`; `list` and `show` are in test_tables.py."""

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from ingest.registry.camera import ORIGINAL_DEEPLENS, Change, Source
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor
from ingest.registry.registry_errors import UnknownCamera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.camera.registered import (
    DOOR,
    NO_STREAM,
    QUARTER,
    TILL,
    break_item,
    entrance,
    mark,
    stream,
)
from tests.infra.cli.conftest import NOW, FakeClock, Run, refused

# add


def test_a_camera_is_registered_with_all_its_settings(run: Run, registry: CameraRegistry) -> None:
    stream("Front_Door")
    result = run(
        *("camera", "add", "entrance", "--store", "berlin-1", "--area", "front", "--stream", "Front_Door"),
        *("--mode", "fragments", "--every", "60", "--time-zone", "Europe/Berlin", "--min-confidence", "90"),
        *("--hours", "mon-sat 09:00-20:00; sun 13:00-18:00", "--zone", "till=0.1,0.2,0.4,0.2,0.4,0.6"),
        *("--zone", "door=0,0,0.2,0,0.2,1", "--ignore", "mirror=0.1,0.2,0.4,0.2,0.4,0.6"),
    )
    assert result.exit_code == 0
    assert registry.get("entrance").camera == entrance(
        area="front",
        stream_name="Front_Door",
        mode="fragments",
        min_confidence=90.0,
        sampling=Sampling(60, "Europe/Berlin", parse("mon-sat 09:00-20:00; sun 13:00-18:00")),
        zones={"till": TILL, "door": DOOR},
        ignore={"mirror": TILL},
    )
    assert result.stdout.splitlines()[0] == "Camera entrance is registered."
    assert result.stdout.splitlines()[-1] == "Its first count is due at 2026-11-22 14:06 CET."


def test_what_a_new_camera_says_of_itself(run: Run, stack: None) -> None:
    stream("entrance")
    lines = run("camera", "add", "entrance", "--store", "berlin-1").stdout.splitlines()
    assert [line.rstrip() for line in lines] == [
        "Camera entrance is registered.",
        "  store_id  berlin-1",
        "  source    kvs",
        "  since     2026-11-22 13:05:10 UTC",
        "Its first count is due at 2026-11-22 13:10 UTC.",
    ]


def test_a_camera_may_begin_in_the_past(run: Run, registry: CameraRegistry) -> None:
    run("camera", "add", "door", "--store", "s", "--source", "push", "--since", "2026-11-22T08:00")
    assert registry.get("door").camera.since == from_text("2026-11-22T08:00Z")


def test_a_camera_may_wait(run: Run, registry: CameraRegistry) -> None:
    result = run("camera", "add", "door", "--store", "s", "--source", "push", "--disabled")
    assert not registry.get("door").camera.is_due(from_text("2026-11-22T13:10Z"))
    assert (
        result.stdout.splitlines()[-1]
        == "It is disabled: start it with `occupancy camera set door --enable`."
    )


def test_hours_that_hold_no_instant_are_told(run: Run, stack: None) -> None:
    push = ("camera", "add", "door", "--store", "s", "--source", "push")
    result = run(*push, "--hours", "mon 09:01-09:02")
    assert result.stdout.splitlines()[-1] == (
        "Its opening hours contain no sample instant: give longer --hours or a shorter --every."
    )


def test_the_original_deeplens_unit(run: Run, registry: CameraRegistry) -> None:
    unit = ("--store", "s", "--source", "push", "--original-deeplens")
    assert run("camera", "add", "unit-1", *unit).exit_code == 0
    assert registry.get("unit-1").camera.sender == ORIGINAL_DEEPLENS
    refused(
        run("camera", "add", "unit-2", *unit),
        "camera 'unit-2': 'unit-1' is already the unit with the original DeepLens function, and there can be"
        " only one, because the keys of its frames do not name the unit",
    )


def test_all_mistakes_are_told_and_nothing_is_written(run: Run, registry: CameraRegistry) -> None:
    wrong = ("--every", "0", "--time-zone", "Berlin", "--since", "today", "--zone", "till=0,0,1,1")
    sentence = (
        "camera 'entrance': since: time 'today' cannot be read: write it as 2026-11-22T14:05, or with a zone"
        " as 2026-11-22T13:05Z; sample_every 0 is outside 1..840 seconds; time zone 'Berlin' is unknown: use"
        " an IANA name such as Europe/Berlin; zone 'till' has 2 different points, a polygon needs at least 3"
    )
    refused(run("camera", "add", "entrance", "--store", "s", "--create-stream", *wrong), sentence)
    assert list(registry.scan()) == []
    assert boto3.client("kinesisvideo").list_streams()["StreamInfoList"] == []
    registry.add(entrance())
    refused(run("camera", "set", "entrance", *wrong), sentence)
    assert registry.get("entrance").camera == entrance()


def test_a_camera_is_registered_once(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    refused(
        run("camera", "add", "entrance", "--store", "s", "--create-stream"),
        "camera 'entrance' is in the registry already: use `occupancy camera set`",
    )
    assert boto3.client("kinesisvideo").list_streams()["StreamInfoList"] == []


def test_two_cameras_cannot_share_a_stream(run: Run, registry: CameraRegistry) -> None:
    stream("entrance")
    registry.add(entrance())
    registry.add(entrance(camera_id="hall"))
    taken = "stream 'entrance' already belongs to camera 'entrance': each camera needs its own"
    refused(run("camera", "add", "aisle", "--store", "s", "--stream", "entrance"), f"camera 'aisle': {taken}")
    refused(run("camera", "set", "hall", "--stream", "entrance"), f"camera 'hall': {taken}")


# streams


def test_a_stream_that_does_not_exist(run: Run, registry: CameraRegistry) -> None:
    sentence = f"stream 'entrance' {NO_STREAM}"
    refused(run("camera", "add", "entrance", "--store", "s"), sentence)
    assert list(registry.scan()) == []


@pytest.mark.parametrize("option", [[], ["--create-stream"]])
def test_a_stream_that_is_being_deleted(run: Run, registry: CameraRegistry, option: list[str]) -> None:
    stream("entrance")
    mark("entrance", status="DELETING")
    refused(
        run("camera", "add", "entrance", "--store", "s", *option),
        "stream 'entrance' is being deleted: wait until it is gone, then create it with --create-stream, or"
        " name another one",
    )
    assert list(registry.scan()) == []


def test_a_stream_is_created_with_a_day_of_retention(run: Run, registry: CameraRegistry) -> None:
    result = run("camera", "add", "entrance", "--store", "s", "--create-stream")
    assert result.stdout.splitlines()[0] == "Stream entrance is created; it keeps video for 24 h."
    info = boto3.client("kinesisvideo").describe_stream(StreamName="entrance")["StreamInfo"]
    assert (info["DataRetentionInHours"], info["MediaType"], info["Status"]) == (24, "video/h264", "ACTIVE")
    assert registry.get("entrance").camera.stream_name == "entrance"


def test_a_stream_that_is_there_is_taken(run: Run, registry: CameraRegistry) -> None:
    stream("entrance", retention=48)
    result = run("camera", "add", "entrance", "--store", "s", "--create-stream")
    assert result.stdout.splitlines()[0] == "Camera entrance is registered."


def test_a_camera_that_sends_by_itself_has_no_stream_to_create(run: Run, registry: CameraRegistry) -> None:
    sentence = "camera 'door' is a push camera and has no stream: leave out --create-stream"
    refused(run("camera", "add", "door", "--store", "s", "--source", "push", "--create-stream"), sentence)
    assert list(registry.scan()) == []
    registry.add(entrance(camera_id="door", source=Source.PUSH))
    refused(run("camera", "set", "door", "--create-stream"), sentence)


def test_a_stream_without_retention_is_warned_of(run: Run, registry: CameraRegistry) -> None:
    stream("entrance", retention=0)
    result = run("camera", "add", "entrance", "--store", "s")
    assert result.exit_code == 0
    version = boto3.client("kinesisvideo").describe_stream(StreamName="entrance")["StreamInfo"]["Version"]
    assert result.stderr == (
        "Warning: stream 'entrance' keeps no video (retention 0 h): only --mode media can read it, and what"
        " it misses is lost. To keep a day, run `aws kinesisvideo update-data-retention --stream-name"
        f" entrance --current-version {version} --operation INCREASE_DATA_RETENTION"
        " --data-retention-change-in-hours 24`\n"
    )
    assert run("camera", "set", "entrance", "--mode", "media", "--create-stream").stderr == ""


# set


def test_only_what_is_given_changes(run: Run, registry: CameraRegistry) -> None:
    before = entrance(zones={"till": TILL}, min_confidence=90.0, area="front")
    registry.add(before)
    assert run("camera", "set", "entrance", "--area", "back").exit_code == 0
    assert registry.get("entrance").camera == replace(before, area="back")


def test_timing_waits_for_the_next_quarter_hour(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    result = run("camera", "set", "entrance", "--every", "60", "--min-confidence", "90")
    assert registry.get("entrance").camera == entrance(
        sampling=Sampling(60), previous=(Change(QUARTER, Sampling(300)),), min_confidence=90.0
    )
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "Camera entrance is changed.",
        "setting         before  after  from",
        "───────────────────────────────────────────────────",
        "sample_every    300     60     2026-11-22 13:15 UTC",
        "min_confidence  95      90     now",
    ]


def test_a_pending_change_is_replaced(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    run("camera", "set", "entrance", "--every", "60")
    result = run("camera", "set", "entrance", "--every", "30")
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "Camera entrance is changed.",
        "setting       before  after  from",
        "─────────────────────────────────────────────────",
        "sample_every  300     30     2026-11-22 13:15 UTC",
        "This replaces a pending change: from 2026-11-22 13:15 UTC: sample_every 60.",
    ]


def test_a_camera_is_paused_and_resumed(run: Run, registry: CameraRegistry, fake_clock: FakeClock) -> None:
    registry.add(entrance())
    run("camera", "set", "entrance", "--disable")
    assert registry.get("entrance").camera.sampling.enabled is False
    assert registry.get("entrance").camera.is_due(from_text("2026-11-22T13:10Z"))
    run("camera", "set", "entrance", "--enable")
    assert registry.get("entrance").camera == entrance()


def test_zones_are_added_replaced_and_dropped(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance(zones={"till": TILL, "door": DOOR}, ignore={"mirror": TILL}))
    run(
        "camera",
        "set",
        "entrance",
        "--zone",
        "door=0.1,0.2,0.4,0.2,0.4,0.6",
        "--zone",
        "shelf=0,0,0.2,0,0.2,1",
    )
    assert registry.get("entrance").camera.zones == {"till": TILL, "door": TILL, "shelf": DOOR}
    run("camera", "set", "entrance", "--no-zone", "till", "--no-zone", "door", "--no-ignore", "mirror")
    assert registry.get("entrance").camera == entrance(zones={"shelf": DOOR})
    refused(
        run("camera", "set", "entrance", "--no-zone", "till"),
        "camera 'entrance' has no zone 'till' to remove: it has shelf",
    )
    refused(
        run("camera", "set", "entrance", "--no-ignore", "mirror"),
        "camera 'entrance' has no ignore 'mirror' to remove: it has none",
    )


def test_a_camera_that_sends_by_itself_gives_up_its_stream(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    run("camera", "set", "entrance", "--source", "push")
    assert registry.get("entrance").camera == entrance(source=Source.PUSH)
    stream("entrance")
    run("camera", "set", "entrance", "--source", "kvs")
    assert registry.get("entrance").camera == entrance()


def test_another_stream_has_to_exist(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    sentence = (
        "stream 'hall' does not exist in us-east-1: create it with --create-stream, or name an existing one"
    )
    refused(run("camera", "set", "entrance", "--stream", "hall"), sentence)
    assert run("camera", "set", "entrance", "--stream", "hall", "--create-stream").exit_code == 0
    assert registry.get("entrance").camera.stream_name == "hall"


def test_nothing_to_change(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    assert (
        run("camera", "set", "entrance", "--every", "300").stdout
        == "Camera entrance already has these settings.\n"
    )
    result = run("camera", "set", "entrance")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: give at least one setting to change\n")
    assert registry.get("entrance").revision == 1


def test_an_earlier_beginning_names_the_backfill(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance(sampling=Sampling(time_zone="Europe/Berlin")))
    result = run("camera", "set", "entrance", "--since", "2026-11-22T08:00")
    assert registry.get("entrance").camera.since == from_text("2026-11-22T07:00Z")
    assert result.stdout.splitlines()[-2:] == [
        "It now begins at 2026-11-22 08:00 CET. To count the video that its stream holds since then:",
        "  occupancy pull --camera entrance --from 2026-11-22T07:00:00Z --to 2026-11-22T13:05:10Z",
    ]


def test_an_earlier_start_of_a_push_camera_advises_no_pull(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance(source=Source.PUSH))
    result = run("camera", "set", "entrance", "--since", "2026-11-22T08:00")
    assert result.stdout.splitlines()[-1] == "It now begins at 2026-11-22 08:00 UTC."
    assert "occupancy pull" not in result.stdout


@pytest.mark.parametrize(
    "arguments", [("show", "NAME"), ("set", "NAME", "--every", "60"), ("remove", "NAME", "--yes")], ids=str
)
@pytest.mark.parametrize("name", ["entrance#state", "entrence"])
def test_a_name_that_no_camera_has_is_refused_with_those_that_look_like_it(
    run: Run, registry: CameraRegistry, arguments: tuple[str, ...], name: str
) -> None:
    """The state of a camera lies in the same table, under a key of its own."""
    registry.add(entrance())
    registry.lease("entrance", "me", NOW, timedelta(minutes=1))
    registry.record_cursor("entrance", "me", PullCursor(until=NOW))
    result = run("camera", *(name if given == "NAME" else given for given in arguments))
    assert result.exit_code == 1
    assert f"camera {name!r} is not in the registry: did you mean entrance?" in result.stderr
    assert registry.get("entrance").cursor == PullCursor(until=NOW)


# remove


def test_a_camera_is_removed_when_confirmed(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance())
    declined = run("camera", "remove", "entrance", answer="n\n")
    assert declined.exit_code == 1
    assert registry.get("entrance").camera == entrance()
    accepted = run("camera", "remove", "entrance", answer="y\n")
    assert accepted.stdout.splitlines() == [
        "Remove camera entrance from the registry? [y/N]: y",
        "Camera entrance is removed. Its rows and roll-ups stay, and so does stream entrance.",
    ]
    with pytest.raises(UnknownCamera):
        registry.get("entrance")


def test_quarter_hours_that_would_stay_open_are_warned_of(
    run: Run, registry: CameraRegistry, fake_clock: FakeClock
) -> None:
    registry.add(entrance(source=Source.PUSH))
    fake_clock.now = NOW + timedelta(minutes=5)
    result = run("camera", "remove", "entrance", "--yes")
    assert result.stderr == (
        "Warning: the quarter hours of camera 'entrance' since 2026-11-22 13:05:10 UTC are not closed yet,"
        " and removing it leaves their missing counts unexplained: disable it first with `occupancy camera"
        " set entrance --disable`, and remove it half an hour later\n"
    )
    assert result.stdout == "Camera entrance is removed. Its rows and roll-ups stay.\n"


def test_a_paused_and_closed_camera_is_removed_without_a_warning(
    run: Run, registry: CameraRegistry, fake_clock: FakeClock
) -> None:
    registry.add(entrance(source=Source.PUSH))
    run("camera", "set", "entrance", "--disable")
    registry.record_closed("entrance", None, QUARTER)
    fake_clock.now = from_text("2026-11-22T13:45Z")
    assert run("camera", "remove", "entrance", "--yes").stderr == ""


def test_a_broken_item_can_be_removed(run: Run, registry: CameraRegistry) -> None:
    break_item("entrance")
    refused(run("camera", "show", "entrance"), "camera 'entrance': its registry item has no StoreId")
    assert run("camera", "remove", "entrance", "--yes").exit_code == 0
    assert list(registry.scan()) == []
