"""Real footage, counted by YOLOX: from single pictures, and through the whole local cloud."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import av
import boto3
import cv2
import numpy as np
import pytest
from botocore.credentials import ReadOnlyCredentials

from counter.counting.count import WORKERS
from infra.local.cloud import CREDENTIALS, LocalCloud
from infra.local.environment import environment
from infra.local.lambdas.functions import queue_sources
from infra.local.lambdas.poller import QueuePoller
from infra.local.lambdas.runner import Runner
from infra.local.rekognition.detectors.detection import Detector, Image
from infra.local.rekognition.detectors.loading import load_detector
from infra.local.simulated_store.publisher import Destination
from infra.local.simulated_store.recorded import publish_pictures, publish_video
from ingest.aws.queues import MessageQueue
from ingest.frames.bucket import FrameBucket
from ingest.kvs.put_media import PutMediaTarget
from ingest.kvs.readers import readers
from ingest.pull.backfill import Span, backfill
from ingest.pull.extraction import PullDependencies
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from tests.chain import unpaced

SHARED = Path(__file__).parents[6] / "shared"
FOOTAGE = SHARED / "footage"
MODEL = SHARED / "models" / "yolox_nano.onnx"
ENTRANCE = FOOTAGE / "one-by-one-person-detection.mp4"
ENTRANCE_RATE = 10  # frames a second
AISLE = FOOTAGE / "store-aisle-detection.gif"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not MODEL.exists(), reason="the footage and the model are not in ../shared")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector(str(MODEL))


def hand_counts(name: str) -> dict[int, int]:
    """Frame number -> count by eye, without the frames with people at the edge."""
    with (FOOTAGE / name).open() as file:
        rows = csv.DictReader(file)
        return {int(row["frame"]): int(row["count"]) for row in rows if row["ambiguous"] == "0"}


def share(counts: Mapping[int, int], counted: Mapping[int, int]) -> float:
    """The share of the hand counts that are matched exactly; an uncounted frame is not a match."""
    return sum(counted.get(frame) == count for frame, count in counts.items()) / len(counts)


def sure(detector: Detector, image: Image) -> int:
    return sum(person.confidence >= 95 for person in detector.detect(image))


def test_every_entrance_picture_is_exact(detector: Detector) -> None:
    with (FOOTAGE / "frames" / "counts.csv").open() as file:
        counts = {row["file"]: int(row["count"]) for row in csv.DictReader(file)}
    found = {name: sure(detector, read(FOOTAGE / "frames" / name)) for name in counts}
    entrance = [name for name in counts if name.startswith("onebyone")]
    assert {name: found[name] for name in entrance} == {name: counts[name] for name in entrance}
    aisle = counts.keys() - set(entrance)
    assert sum(found[name] == counts[name] for name in aisle) / len(aisle) >= 0.75


def read(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, np.uint8)


@pytest.fixture(scope="module")
def module_cloud(detector: Detector) -> Iterator[LocalCloud]:
    """It accepts all calls of a batch at once: after a throttled call the counter would wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.local.rekognition.server.CALLS_AT_ONCE", WORKERS)
        with unpaced(), LocalCloud(detector) as running:
            yield running


@pytest.fixture
def cloud(module_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    monkeypatch.setattr("infra.local.lambdas.poller.LONG_POLL", 0)  # an empty queue stays empty
    with environment(module_cloud.environment):  # the fixture of all tests sets dummy credentials
        yield module_cloud


Publish = Callable[[PutMediaTarget], object]


def count_in(cloud: LocalCloud, camera: Camera, publish: Publish, until: datetime) -> dict[datetime, int]:
    """Publish, pull and count; frame time -> count of the rows."""
    kinesisvideo = boto3.client("kinesisvideo")
    kinesisvideo.create_stream(StreamName=camera.camera_id, DataRetentionInHours=24 * 365 * 10)
    cloud.registry.add(camera)
    ((key, secret),) = CREDENTIALS.items()
    publish(Destination(kinesisvideo, ReadOnlyCredentials(key, secret, None)).target(camera.camera_id))
    outputs = cloud.stack.outputs
    dependencies = PullDependencies(
        readers(boto3.Session(), 10),
        FrameBucket(boto3.client("s3"), outputs["FrameBucketName"]),
        MessageQueue(boto3.client("sqs"), outputs["FrameQueueUrl"]),
    )
    list(backfill(camera, dependencies, Span(START, until, datetime.now(UTC))))
    drain(cloud, outputs["FrameQueueUrl"])
    rows = cloud.occupancy.rows(camera.camera_id, START, until)
    return {row.frame_time: row.count for row in rows if row.frame_time and row.count is not None}


def drain(cloud: LocalCloud, queue_url: str) -> None:
    """Count, batch by batch like the event source mapping, until the queue is empty.

    All messages are in the queue already, so no batch waits for more of them.
    """
    invokers = Runner(cloud.stack).invokers()
    source = next(source for source in queue_sources(cloud.stack) if source.queue_url == queue_url)
    hurried = replace(source, window=0)
    poller = QueuePoller(boto3.client("sqs"), hurried, cloud.stack.region, invokers[source.function], Event())
    while poller.poll():
        pass


def test_the_entrance_through_the_local_cloud(cloud: LocalCloud) -> None:
    counts = hand_counts("one-by-one-counts.csv")
    camera = Camera("entrance", "store", since=START, sampling=Sampling(sample_every=2))
    until = START + timedelta(seconds=140)
    found = count_in(cloud, camera, lambda target: publish_video(target, str(ENTRANCE), START), until)
    counted = {round((time - START).total_seconds() * ENTRANCE_RATE): n for time, n in found.items()}
    assert counts.keys() <= counted.keys()
    assert share(counts, counted) >= 0.95


def test_the_aisle_through_the_local_cloud(cloud: LocalCloud) -> None:
    counts = hand_counts("store-aisle-counts.csv")
    with av.open(str(AISLE)) as container:
        images = [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)
        ]
    pictures = [(image, START + timedelta(seconds=number)) for number, image in enumerate(images)]
    camera = Camera("aisle", "store", since=START, sampling=Sampling(sample_every=1))
    until = START + timedelta(seconds=len(images))
    found = count_in(cloud, camera, lambda target: publish_pictures(target, pictures), until)
    counted = {round((time - START).total_seconds()): n for time, n in found.items()}
    assert counts.keys() <= counted.keys()
    assert share(counts, counted) >= 0.75
