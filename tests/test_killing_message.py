"""The deployed counter, polled as by Lambda, with a frame that kills its process: the others are counted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from typing import Any

import boto3
import pytest
from moto.sqs.models import sqs_backends

from counter.counting import handler
from infra.local.cloud import LocalCloud
from infra.local.lambdas.environments import ExecutionEnvironments
from infra.local.lambdas.functions import functions, queue_sources
from infra.local.lambdas.invocation import Failure, Handler, Invoker
from infra.local.lambdas.poller import QueuePoller
from infra.local.lambdas.roles import confined, role_of
from infra.local.stack.attributes import ACCOUNT
from ingest.frames.keys import FrameKey
from ingest.registry.camera import Camera
from ingest.times import quarter_start
from tests.chain import CountsSquares, chain_cloud
from tests.ingest.pictures import jpeg, stripes
from tests.killing import Killed

pytestmark = pytest.mark.own_cloud

INSTANT = quarter_start(datetime.now(UTC))
CAMERAS = [f"till-{number}" for number in range(6)]
KILLER = CAMERAS[2]


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with chain_cloud(CountsSquares()) as cloud:
        yield cloud


def kill(params: dict[str, Any], **_: Any) -> None:
    if KILLER.encode() in params["body"]:
        raise Killed(KILLER)


def put_frame(cloud: LocalCloud, camera_id: str) -> None:
    cloud.registry.add(Camera(camera_id, "berlin-1", INSTANT - timedelta(days=1)))
    boto3.Session().client("s3").put_object(
        Bucket=cloud.stack.outputs["FrameBucketName"],
        Key=str(FrameKey(camera_id, INSTANT, INSTANT)),
        Body=jpeg(stripes(100, (320, 240))),
    )


def frame_queue(cloud: LocalCloud) -> Any:
    """The queue in moto."""
    name = cloud.stack.outputs["FrameQueueUrl"].rpartition("/")[2]
    return sqs_backends[ACCOUNT][cloud.stack.region].queues[name]


def counter(cloud: LocalCloud, failures: list[Failure]) -> QueuePoller:
    """The counter, confined to its role and started again after each kill, and the poller of its queue."""
    function = next(f for f in functions(cloud.stack).values() if f.logical_id == "CounterFunction")
    source = next(source for source in queue_sources(cloud.stack) if source.function == function.arn)

    def start_watched() -> Handler:
        assert boto3.DEFAULT_SESSION is not None  # confined makes one for each function
        boto3.DEFAULT_SESSION.events.register("before-call.rekognition.DetectLabels", kill)
        return handler.start(function.environment)

    role = role_of(cloud.stack, function)
    environments = ExecutionEnvironments(lambda: confined(role, start_watched))
    invoker = Invoker(function, environments, failures.append)
    sqs = boto3.Session().client("sqs")
    at_once = replace(source, window=0)  # real seconds in each poll
    return QueuePoller(sqs, at_once, cloud.stack.region, invoker, Signal(), long_poll=0)


def test_a_frame_that_kills_the_process_does_not_take_its_neighbours_along(cloud: LocalCloud) -> None:
    for name in CAMERAS:
        put_frame(cloud, name)
    failures: list[Failure] = []
    poller, queue = counter(cloud, failures), frame_queue(cloud)
    for _ in range(5):
        assert poller.poll() >= len(CAMERAS)
        visible(queue)
    assert len(failures) == 5
    assert len(queue.messages) >= len(CAMERAS)
    for _ in range(20):
        poller.poll()
        visible(queue)
    assert {failure.reason for failure in failures} == {f"Killed: {KILLER}"}
    (left,) = queue.messages
    assert KILLER in left.body
    items = boto3.Session().client("dynamodb").scan(TableName=cloud.stack.outputs["OccupancyTableName"])
    assert {item["CameraId"]["S"] for item in items["Items"]} == set(CAMERAS) - {KILLER}


def visible(queue: Any) -> None:
    """The visibility timeout of all messages passes."""
    for message in queue._messages:
        message.visible_at = 0.0
