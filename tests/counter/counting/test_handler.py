"""The counter as Lambda calls it: environment and event in, answer, logs and metrics out."""

import subprocess
import sys

import pytest

from counter.counting.handler import CountingSettings, start
from ingest.aws.environ import WrongEnvironment
from ingest.aws.failures import AwsFailed
from tests.counter.invocation import ENVIRON, Context, counter, sqs_event
from tests.counter.tables import CAMERAS
from tests.counter.world import World, at, camera, event, frame_key
from tests.ingest.connections import connections


def test_a_batch(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "counter")
    world.add(camera())
    key = world.frame("till-1", at(5), {})
    # moto knows this rekognition client: its labels are canned, and none of them is Person.
    answer = counter()(sqs_event(event("good", key), event("gone", frame_key("till-9", at(0)))), Context())
    assert answer == {"batchItemFailures": []}
    assert world.counts() == {"12:05:00": 0}
    assert len(world.dead_letters()) == 1
    counters = caplog.records[-1]
    assert counters.name == "counter"
    assert {name: counters.__dict__[name] for name in ("Counted", "Refused", "Failed", "Gaps")} == {
        "Counted": 1,
        "Refused": 1,
        "Failed": 0,
        "Gaps": 0,
    }


def test_the_messages_to_be_retried_are_named(world: World) -> None:
    world.add(camera("till-1"), camera("till-2"))
    world.dynamodb.update_item(
        TableName=CAMERAS,
        Key={"CameraId": {"S": "till-2"}},
        UpdateExpression="REMOVE StoreId",
    )
    keys = [world.frame(name, at(0), {}) for name in ("till-1", "till-2")]
    answer = counter()(sqs_event(*(event(key, key) for key in keys)), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": keys[1]}]}


def test_a_batch_has_a_connection_for_each_thread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections(monkeypatch, lambda: start(ENVIRON)) == dict.fromkeys(
        ("dynamodb", "s3", "rekognition", "sqs"), 25
    )


def test_a_missing_table_fails_the_invocation_in_one_sentence(world: World) -> None:
    broken = start(ENVIRON | {"CAMERA_TABLE": "nowhere"})
    with pytest.raises(AwsFailed, match=r"^\w+: ResourceNotFoundException: this invocation ends here"):
        broken(sqs_event(event("m", frame_key("till-1", at(0)))), Context())


@pytest.mark.parametrize("name", ENVIRON)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(WrongEnvironment, match=name):
        CountingSettings.from_environ({key: value for key, value in ENVIRON.items() if key != name})


@pytest.mark.parametrize("rate", ["0", "-1", "many", "inf", "nan", ""])
def test_a_rate_that_is_not_above_0_is_named(rate: str) -> None:
    with pytest.raises(WrongEnvironment, match="DETECT_LABELS_PER_SECOND"):
        CountingSettings.from_environ(ENVIRON | {"DETECT_LABELS_PER_SECOND": rate})


@pytest.mark.parametrize(("concurrency", "share"), [("2", 150), ("60", 5)])
def test_an_invocation_has_its_share_of_the_rate(concurrency: str, share: float) -> None:
    environ = ENVIRON | {"DETECT_LABELS_PER_SECOND": "300", "MAXIMUM_CONCURRENCY": concurrency}
    assert CountingSettings.from_environ(environ).detections_per_second == share


@pytest.mark.parametrize("concurrency", ["1", "1001", "2.5", "many"])
def test_a_concurrency_that_sqs_does_not_take_is_named(concurrency: str) -> None:
    with pytest.raises(WrongEnvironment, match="MAXIMUM_CONCURRENCY"):
        CountingSettings.from_environ(ENVIRON | {"MAXIMUM_CONCURRENCY": concurrency})


def test_the_import_needs_no_environment() -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-c", "import counter.counting.handler"], check=True, env={}
    )
