import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.aws.dynamodb import to_item
from ingest.aws.environ import MissingVariable
from ingest.aws.failures import AwsFailed
from ingest.aws.handlers import Handler, started_once
from ingest.frames.messages import PullRequest
from ingest.pull.handler import start
from ingest.registry.camera import Mode
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import Cloud, Piece, at, camera, live, sqs_event
from tests.ingest.connections import connections
from tests.ingest.video import Coded, grey

ENVIRON_NAMES = ("CAMERA_TABLE", "FRAME_BUCKET", "FRAME_QUEUE_URL")


@pytest.fixture
def handle(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> Handler:
    """The handler at ten minutes past the quarter hour, its KVS clients pointed at ours."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", kvs.url)
    environ = {"CAMERA_TABLE": "cameras", "FRAME_BUCKET": "frames", "FRAME_QUEUE_URL": kvs.frame_queue}
    return start(environ, lambda: kvs.clock.now)


def request(*camera_ids: str) -> dict[str, Any]:
    return sqs_event(*(PullRequest(camera_id).to_body() for camera_id in camera_ids))


def metrics(output: str) -> dict[str, float]:
    (found,) = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    values = {name: value[0] if isinstance(value, list) else value for name, value in found.items()}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def test_one_bad_camera_stops_none_of_the_others(
    kvs: Cloud,
    handle: Handler,
    context: Any,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kvs.create_stream("short", retention_hours=0)
    for name in ("door", "aisle", "gone", "short", "busy"):
        kvs.registry.add(camera(camera_id=name, sampling=Sampling(sample_every=10)))
    kvs.dynamodb.put_item(TableName="cameras", Item=to_item({"CameraId": "broken", "StoreId": "berlin"}))
    kvs.create_stream("aisle")
    for name in ("door", "aisle"):
        kvs.publish(name, live(6), grey())
    kvs.clock.now = at(12)
    kvs.registry.lease("busy", "another", at(12), timedelta(minutes=5))

    event = request("door", "gone", "short", "nobody", "busy", "broken", "aisle", "door")
    event["Records"].append({"messageId": "malformed", "body": "hello"})
    answer = handle(event, context)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "malformed"}]}
    assert {key.split("/")[1] for key in kvs.stored()} == {"door", "aisle"}
    assert len(kvs.stored()) == 4
    found = {record.__dict__.get("camera"): record for record in caplog.records}
    assert {name: record.levelname for name, record in found.items() if name} == {
        "gone": "ERROR", "short": "ERROR", "broken": "ERROR", "nobody": "WARNING", "busy": "INFO",
    }  # fmt: skip
    assert "give it a data retention" in found["short"].getMessage()
    counted = metrics(capsys.readouterr().out)
    assert counted.pop("FragmentBytes") > 0
    assert counted == {
        "FramesPut": 4, "GapNotices": 0, "FragmentsFetched": 4, "ImageCalls": 0, "ImagesFetched": 0,
        "Pulls": 5, "PullsFailed": 3,
    }  # fmt: skip


NAKED = Coded(replace(grey().track, codec_private=b""), grey().packet)
PlantedFault = Callable[[Cloud], None]


def planted(pieces: list[Piece], coded: Coded) -> PlantedFault:
    return lambda kvs: kvs.publish("bad", pieces, coded)


def deleted_and_created_again(kvs: Cloud) -> None:
    kvs.publish("bad", live(3, start=0.5), grey())
    arn = kvs.kinesisvideo.describe_stream(StreamName="bad")["StreamInfo"]["StreamARN"]
    kvs.kinesisvideo.delete_stream(StreamARN=arn)
    kvs.create_stream("bad")


def throttled(kvs: Cloud) -> None:
    fault = Fault(
        FaultKind.ERROR, api="ListFragments", stream="bad", times=None, error="ClientLimitExceededException"
    )
    kvs.server.faults.add(fault)


@pytest.mark.parametrize(
    ("plant", "mode", "sentence"),
    [
        (planted(live(6), NAKED), Mode.FRAGMENTS, "its track has no codec private data (avcC, hvcC)"),
        (planted(live(6), NAKED), Mode.AUTO, "its track has no codec private data (avcC, hvcC)"),
        (
            planted([Piece(at(0), at(1), (), (0, 960))], grey()),
            Mode.FRAGMENTS,
            "has no keyframe of a video track",
        ),
        (planted(live(6, start=600, lag=-590), grey()), Mode.FRAGMENTS, "ahead of KVS's clock"),
        (planted(live(6, start=600, lag=-590), grey()), Mode.MEDIA, "ahead of KVS's clock"),
        (throttled, Mode.FRAGMENTS, "KVS limits its calls, another reader uses up its quota"),
        (deleted_and_created_again, Mode.AUTO, None),
    ],
)
def test_bad_video_is_one_sentence_and_the_other_cameras_go_on(  # noqa: PLR0917 - one for each fixture
    kvs: Cloud,
    handle: Handler,
    context: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    plant: PlantedFault,
    mode: Mode,
    sentence: str | None,
) -> None:
    monkeypatch.setattr("ingest.kvs.endpoints.STREAM_WAITS", (0.0, 0.0))
    kvs.create_stream("bad")
    kvs.registry.add(camera(camera_id="bad", mode=mode, sampling=Sampling(sample_every=10)))
    kvs.registry.add(camera(sampling=Sampling(sample_every=10)))
    plant(kvs)
    kvs.publish("door", live(6), grey())
    kvs.clock.now = at(70)

    handle(request("bad", "door"), context)
    kvs.server.faults.clear()

    assert {kvs.frame(key).camera_id for key in kvs.stored()} == {"door"}
    told = [record.getMessage() for record in caplog.records if record.__dict__.get("camera") == "bad"]
    assert len(told) == (sentence is not None)
    assert all(sentence in message for message in told if sentence)


def test_every_batch_delivered_twice(kvs: Cloud, handle: Handler, context: Any) -> None:
    kvs.registry.add(camera(sampling=Sampling(sample_every=10)))
    kvs.publish("door", live(6), grey())
    kvs.clock.now = at(12)

    handle(request("door"), context)
    frames = kvs.stored()
    handle(request("door"), context)

    assert kvs.stored() == frames
    assert len(frames) == 2


def test_what_is_wrong_for_all_is_raised(kvs: Cloud, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", kvs.url)
    environ = {"CAMERA_TABLE": "nowhere", "FRAME_BUCKET": "frames", "FRAME_QUEUE_URL": kvs.frame_queue}

    with pytest.raises(AwsFailed, match=r"^\w+: ResourceNotFoundException: this invocation ends here"):
        start(environ)(request("door", "aisle"), context)


def test_streams_that_are_gone_are_no_reason_to_raise(kvs: Cloud, handle: Handler, context: Any) -> None:
    for name in ("gone", "gone-too"):
        kvs.registry.add(camera(camera_id=name))
    kvs.clock.now = at(12)

    assert handle(request("gone", "gone-too"), context) == {"batchItemFailures": []}


def test_nothing_new_is_begun_in_the_last_seconds(kvs: Cloud, handle: Handler, context: Any) -> None:
    kvs.registry.add(camera(sampling=Sampling(sample_every=10)))
    kvs.publish("door", live(6), grey())
    kvs.clock.now = at(12)
    context.remaining = 9_000

    handle(request("door"), context)

    assert kvs.stored() == set()
    assert kvs.registry.get("door").cursor.until is None


def test_the_lease_outlives_the_function(kvs: Cloud, handle: Handler, context: Any) -> None:
    kvs.registry.add(camera())
    leased: list[int] = []
    real = kvs.registry.__class__.lease

    def lease(registry: Any, camera_id: str, owner: str, now: Any, duration: timedelta) -> Any:
        leased.append(duration // timedelta(seconds=1))
        return real(registry, camera_id, owner, now, duration)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kvs.registry.__class__, "lease", lease)
        handle(request("door"), context)

    assert leased == [context.remaining // 1000 + 30]


def test_the_handler_starts_once(kvs: Cloud, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", kvs.url)
    for name, value in zip(ENVIRON_NAMES, ("cameras", "frames", kvs.frame_queue), strict=True):
        monkeypatch.setenv(name, value)
    handler = started_once(start)
    assert handler(request(), context) == {"batchItemFailures": []}
    monkeypatch.delenv("CAMERA_TABLE")
    assert handler(request("nobody"), context) == {"batchItemFailures": []}


def test_a_batch_has_a_connection_for_each_thread(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = dict(zip(ENVIRON_NAMES, ("cameras", "frames", kvs.frame_queue), strict=True))
    assert connections(monkeypatch, lambda: start(environ)) == {
        "dynamodb": 10, "s3": 10, "kinesisvideo": 10, "sqs": 10 * 10,
    }  # fmt: skip


@pytest.mark.parametrize("name", ENVIRON_NAMES)
def test_a_missing_variable_is_named(name: str) -> None:
    environ = dict.fromkeys(ENVIRON_NAMES, "x")
    del environ[name]
    with pytest.raises(MissingVariable, match=f"{name} is not set"):
        start(environ)
