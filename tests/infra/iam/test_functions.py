"""The list of permissions agrees with the template, and no function makes another call."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import boto3
import pytest

from infra.iam.actions import ApiCall, Place
from infra.iam.functions import ANY_FRAME, ANY_STREAM, StackFunction, permissions
from infra.local.cloud import LocalCloud
from infra.local.stack.attributes import ACCOUNT
from ingest.kvs import readers
from ingest.registry.camera import Camera, Mode
from ingest.registry.sampling import Sampling
from ingest.times import quarter_start
from tests.chain import Chain, CountsSquares, RandomKiller, chain_cloud, every
from tests.infra.rendered import at, statements

pytestmark = pytest.mark.own_cloud

PLACE = Place("us-east-1", ACCOUNT)


@pytest.mark.parametrize("kind", StackFunction)
def test_the_template_allows_that_and_nothing_else(kind: StackFunction) -> None:
    outputs = {name: f"https://host/{name}" if name.endswith("Url") else name for name in OUTPUTS}
    wanted = permissions(kind, outputs, PLACE, "log-group")
    allowed = {
        action
        for policy in at(f"{kind}Role", "Properties.Policies")
        for action, _, _ in statements(policy["PolicyDocument"])
    }
    assert {action for action, _ in wanted} == allowed


OUTPUTS = (
    "FrameBucketName",
    "FrameQueueUrl",
    "FrameDeadLetterQueueUrl",
    "PullQueueUrl",
    "CameraTableName",
    "OccupancyTableName",
    "QuarterHourTableName",
    "StoreTableName",
    "HistoryBucketName",
    "AlarmTopicArn",
)


class Recorder:
    """Records the calls of the clients that a function makes from boto3's default session."""

    def __init__(self) -> None:
        self.calls: list[ApiCall] = []

    def watch(self) -> None:
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("provide-client-params", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append(ApiCall(model.service_model.service_id.hyphenize(), model.name, params))


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with chain_cloud(CountsSquares()) as cloud:
        yield cloud


def test_the_functions_call_nothing_else(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    # GetMedia ends after this silence: all the video is there at once.
    monkeypatch.setattr(readers, "QUIET_SECONDS", 1.0)
    recorder = Recorder()
    random = Random(2)
    killer = RandomKiller(random)
    killer.watch = recorder.watch  # type: ignore[method-assign]  # the chain calls it as each function starts
    chain = Chain(cloud, random, killer)
    now = datetime.now(UTC)
    start = quarter_start(now - timedelta(minutes=30))
    for mode in (Mode.FRAGMENTS, Mode.IMAGES, Mode.MEDIA):
        name = str(mode)
        boto3.Session().client("kinesisvideo").create_stream(
            StreamName=name, MediaType="video/h264", DataRetentionInHours=24
        )
        cloud.registry.add(Camera(name, "berlin-1", start, mode=mode, sampling=Sampling(840)))
        chain.publish(name, every(20, start, now))
    send = boto3.Session().client("sqs").send_message
    send(QueueUrl=cloud.stack.outputs["FrameQueueUrl"], MessageBody="no message of ours")
    by_kind = {kind: calls_of(recorder, chain, kind, now) for kind in StackFunction}
    for kind, called in by_kind.items():
        allowed = set(permissions(kind, cloud.stack.outputs, PLACE, "log-group"))
        done = {(action, general(arn)) for call in called for action, arn in call.permissions(PLACE)}
        assert done, kind
        assert done <= allowed, kind
    pulled = {call.operation for call in by_kind[StackFunction.PULL]}
    assert {"GetImages", "GetMedia", "GetMediaForFragmentList"} <= pulled


def calls_of(recorder: Recorder, chain: Chain, kind: StackFunction, now: datetime) -> list[ApiCall]:
    """The calls of one function."""
    turns: dict[StackFunction, Callable[[], None]] = {
        StackFunction.SCHEDULE: lambda: chain.invoke("ScheduleFunction", {"time": now.isoformat()}),
        StackFunction.PULL: lambda: chain.deliver("PullFunction"),
        StackFunction.COUNTER: lambda: chain.deliver("CounterFunction"),
        StackFunction.CLOSING: lambda: chain.close(now),
    }
    recorder.calls.clear()
    turns[kind]()
    return list(recorder.calls)


def general(arn: str) -> str:
    """The list's ARN for the ARN of a stream or of a frame."""
    if ":stream/" in arn:
        return f"{arn.partition(':stream/')[0]}:stream/{ANY_STREAM}/0"
    if "/frame/" in arn:
        return f"{arn.partition('/frame/')[0]}/{ANY_FRAME}"
    return arn
