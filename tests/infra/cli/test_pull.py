from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from counter.rows.occupancy import Row
from counter.rows.table import OccupancyTable
from infra.cli.aws.stack import StackResources, find_stack_resources
from ingest.frames.keys import FrameKey, parse
from ingest.frames.messages import GapNotice, GapReason
from ingest.registry.camera import Source
from ingest.registry.opening_hours import parse as hours
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import to_text
from tests.infra.cli.conftest import FakeClock, Run, refused
from tests.infra.cli.stack_stub import deploy
from tests.ingest.cloud import Cloud, at, camera, cloud, live
from tests.ingest.video import grey

EVERY_10_S = Sampling(sample_every=10)
SPAN = ("--from", to_text(at(0)), "--to", to_text(at(60)))


@pytest.fixture
def kvs(monkeypatch: pytest.MonkeyPatch, fake_clock: FakeClock) -> Iterator[Cloud]:
    """A stack, and the stream `door` with 31 seconds of video."""
    with cloud(at(0)) as kvs:
        # moto has changed the credentials of the environment, and the local KVS checks signatures.
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", kvs.url)
        deploy()
        kvs.create_stream("door")
        kvs.publish("door", live(16), grey())
        kvs.clock.now = fake_clock.now = at(3600)
        yield kvs


@pytest.fixture
def stack(kvs: Cloud) -> StackResources:
    return find_stack_resources(boto3.client("cloudformation"), "store-occupancy")


@pytest.fixture
def registry(stack: StackResources) -> CameraRegistry:
    return CameraRegistry(boto3.client("dynamodb"), stack.camera_table)


def frames(stack: StackResources) -> dict[float, float]:
    """The second of each instant -> the second of its frame."""
    found = {}
    for stored in boto3.client("s3").list_objects_v2(Bucket=stack.frame_bucket).get("Contents", []):
        key = parse(stored["Key"])
        assert isinstance(key, FrameKey)
        found[(key.instant - at(0)).total_seconds()] = (key.frame_time - at(0)).total_seconds()
    return found


def count(stack: StackResources, *seconds: float, reason: GapReason | None = None) -> None:
    """Put existing rows: counted, or gaps with a reason."""
    table = OccupancyTable(boto3.client("dynamodb"), stack.occupancy_table, stack.quarter_hour_table)
    expires = at(0) + timedelta(days=400)
    number = None if reason else 2
    for second in seconds:
        table.put(
            Row("door", at(second), "berlin", "door", 10, Source.KVS, expires, count=number, reason=reason)
        )


def test_past_video_becomes_frames(run: Run, registry: CameraRegistry, stack: StackResources) -> None:
    registry.add(camera(sampling=EVERY_10_S))
    result = run("pull", "--camera", "door", *SPAN)
    assert result.stdout == (
        "6 instants are due: 4 frames are on their way to the counter, 0 were already counted, 2 have no"
        " readable video.\n"
    )
    assert result.exit_code == 0
    assert frames(stack) == {0: 0, 10: 10, 20: 20, 30: 30}


def test_what_is_counted_is_not_fetched_again(
    run: Run, registry: CameraRegistry, stack: StackResources
) -> None:
    registry.add(camera(sampling=EVERY_10_S))
    count(stack, 0, 20)
    count(stack, 10, 40, reason=GapReason.NO_MEDIA)
    result = run("pull", "--camera", "door", *SPAN)
    assert result.stdout.startswith(
        "6 instants are due: 2 frames are on their way to the counter, 2 were already counted, 2 have no"
    )
    assert frames(stack) == {10: 10, 30: 30}


def test_progress_is_shown_on_stderr(run: Run, registry: CameraRegistry) -> None:
    registry.add(camera(sampling=EVERY_10_S))
    assert "pulling door" in run("pull", "--camera", "door", *SPAN).stderr


def test_instants_before_the_closed_quarters_become_gaps(
    run: Run, registry: CameraRegistry, kvs: Cloud
) -> None:
    """The camera's start was moved back; the closing never moves back."""
    registry.add(camera(sampling=EVERY_10_S))
    registry.record_closed("door", None, at(50))
    queue = find_stack_resources(boto3.client("cloudformation"), "store-occupancy").frame_queue_url
    run("pull", "--camera", "door", *SPAN)
    notices = {GapNotice.from_body(body) for body in kvs.bodies(queue)}
    late = {GapNotice("door", at(second), GapReason.NO_MEDIA) for second in (0, 10, 20, 30, 40)}
    # Instants with a frame get a notice, too: a gap never replaces a count, but a count replaces the gap.
    assert {notice for notice in notices if notice.reason is GapReason.NO_MEDIA} == late


def test_an_explained_gap_gets_no_second_notice(
    run: Run, registry: CameraRegistry, stack: StackResources, kvs: Cloud
) -> None:
    registry.add(camera(sampling=EVERY_10_S))
    registry.record_closed("door", None, at(60))
    count(stack, 0, 10, 20, 30)
    count(stack, 40, 50, reason=GapReason.MEDIA_ERROR)
    run("pull", "--camera", "door", *SPAN)
    notices = {GapNotice.from_body(body) for body in kvs.bodies(stack.frame_queue_url)}
    assert GapReason.NO_MEDIA not in {notice.reason for notice in notices}


def test_times_are_those_of_the_camera(run: Run, registry: CameraRegistry, stack: StackResources) -> None:
    registry.add(camera(sampling=Sampling(10, "Europe/Berlin")))
    run("pull", "--camera", "door", "--from", "2023-11-14T23:15", "--to", "2023-11-14T23:15:05")
    assert frames(stack) == {0: 0}


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (
            "2023-11-14T22:20Z",
            "2023-11-14T22:20Z",
            "--from 2023-11-14T22:20Z is not before --to 2023-11-14T22:20Z: give an earlier --from",
        ),
        (
            "2023-11-14T22:20Z",
            "2023-11-15T22:20Z",
            (
                "--to 2023-11-15T22:20Z is in the future: it is 2023-11-14 23:15 UTC now, give that or an"
                " earlier time"
            ),
        ),
        (
            "2023-10-01",
            "2023-11-14",
            "2023-10-01 to 2023-11-14 is longer than 31 days: pull it in several parts",
        ),
        (
            "2023-11-14T20:20",
            "2023-11-14T22:15",
            (
                "camera 'door' has no due instants before 2023-11-14 22:15 UTC: to begin earlier, run"
                " `occupancy camera set door --since 2023-11-14T20:20:00Z`"
            ),
        ),
        (
            "2023-11-14T22:15:01",
            "2023-11-14T22:15:09",
            (
                "camera 'door' has no sample instant in that span: it counts every 10 s, hours always (UTC),"
                " since 2023-11-14 22:15 UTC; give a longer span"
            ),
        ),
        (
            "now",
            "2023-11-14",
            "time 'now' cannot be read: write it as 2026-11-22T14:05, or with a zone as 2026-11-22T13:05Z",
        ),
    ],
)
def test_spans_with_nothing_to_pull(
    run: Run, registry: CameraRegistry, start: str, end: str, sentence: str
) -> None:
    registry.add(camera(sampling=EVERY_10_S))
    refused(run("pull", "--camera", "door", "--from", start, "--to", end), sentence)


def test_closed_hours_and_pauses_are_named(run: Run, registry: CameraRegistry) -> None:
    registry.add(camera(sampling=Sampling(10, opening_hours=hours("mon 09:00-20:00"))))
    refused(
        run("pull", "--camera", "door", *SPAN),
        "camera 'door' has no sample instant in that span: it counts every 10 s, hours mon 09:00-20:00 (UTC),"
        " since 2023-11-14 22:15 UTC; give a longer span",
    )
    registry.remove("door")
    registry.add(camera(sampling=Sampling(10, enabled=False)))
    refused(run("pull", "--camera", "door", *SPAN), "camera 'door' was disabled in that span: nothing is due")


def test_cameras_that_cannot_be_pulled(run: Run, registry: CameraRegistry) -> None:
    refused(
        run("pull", "--camera", "x", *SPAN),
        "camera 'x' is not in the registry: see `occupancy camera list`",
    )
    registry.add(camera(camera_id="unit", source=Source.PUSH))
    why = "it sends its frames itself, only cameras of source kvs are pulled"
    refused(run("pull", "--camera", "unit", *SPAN), f"camera 'unit' has source push: {why}")


def test_a_stream_that_is_gone(run: Run, registry: CameraRegistry, kvs: Cloud) -> None:
    registry.add(camera(stream_name="gone", sampling=EVERY_10_S))
    result = run("pull", "--camera", "door", *SPAN)
    assert result.exit_code == 1
    assert "Error: stream 'gone' cannot be read:" in result.stderr
    assert "Traceback" not in result.stderr
