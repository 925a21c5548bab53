"""Frames to rows: the counter against the handler of the original solution, over stubs of stated latency.

The original is re-implemented here from what its post says ("Optimize workforce in your store using Amazon
Rekognition", AWS Machine Learning Blog, 2021): one S3 event for each invocation; DetectLabels, count,
PutItem, delete, one after the other. Its clients are made once, as ours are. Both are given the same stubs
and keep to no rate. A frame's cost in Lambda is its share of the invocation's wall time.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from counter.counting.batch import CountingDependencies
from counter.counting.count import Invocation, count
from counter.counting.detection import LabelDetection, Pace
from counter.counting.inspector import FrameInspector
from counter.counting.messages import Message
from counter.rows.kept_rules import KeptRules
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from ingest.aws.dynamodb import to_item
from ingest.frames.bucket import FrameBucket
from ingest.frames.keys import FrameKey
from ingest.registry.camera import Camera
from ingest.registry.items import settings_item
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import to_text
from tests.bench._stubs import Stubs

BATCH = 25
FRAMES = 50
ROUNDS = 5
"""In turns, so that a load on the machine strikes both handlers."""
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

S3, DYNAMODB = 0.020, 0.005


def main() -> None:
    """Print the table."""
    logging.getLogger("counter").setLevel(logging.ERROR)
    print(
        f"S3 {S3 * 1000:.0f} ms, DynamoDB {DYNAMODB * 1000:.0f} ms a call;"
        f" medians of {ROUNDS} rounds of {FRAMES} frames of {BATCH} cameras"
    )
    print("Rekognition  handler   invocations  billed ms/frame  CPU ms/frame  calls/frame")
    for rekognition in (0.0, 0.200):
        latency = {"s3": S3, "dynamodb": DYNAMODB, "rekognition": rekognition, "sqs": 0.01}
        original, ours = [], []
        for _ in range(ROUNDS):
            original.append(_round(_original, latency, 1))
            ours.append(_round(_ours, latency, BATCH))
        for name, frames, rounds in (("original", 1, original), ("ours", BATCH, ours)):
            wall, cpu, calls = (median(figures) for figures in zip(*rounds, strict=True))
            print(
                f"{rekognition * 1000:8.0f} ms  {name:8}  {FRAMES // frames:11}  {wall:15.2f}  {cpu:12.2f}"
                f"  {calls:11.2f}"
            )
        ratio = median(own[0] / other[0] for own, other in zip(ours, original, strict=True))
        print(f"                       ours / original: {ratio:.2f}")


def _round(
    prepare: Callable[[Stubs], Callable[[list[dict[str, Any]]], None]],
    latency: Mapping[str, float],
    frames: int,
) -> tuple[float, float, float]:
    """Wall and CPU milliseconds, and calls, for each frame; the handler gets `frames` records at once."""
    stubs = Stubs(latency)
    wall, cpu = _measure(prepare(stubs), frames)
    return wall, cpu, sum(stubs.calls.values()) / FRAMES


def _measure(handle: Callable[[list[dict[str, Any]]], None], frames: int) -> tuple[float, float]:
    """Wall and CPU milliseconds for each frame; `handle` gets `frames` records at once."""
    records = [_record(number) for number in range(FRAMES)]
    handle(records[:frames])  # connections, models, caches
    wall, cpu = time.perf_counter(), time.process_time()
    for first in range(0, FRAMES, frames):
        handle(records[first : first + frames])
    return (time.perf_counter() - wall) / FRAMES * 1000, (time.process_time() - cpu) / FRAMES * 1000


def _original(stubs: Stubs) -> Callable[[list[dict[str, Any]]], None]:
    rekognition, s3 = stubs.client("rekognition"), stubs.client("s3")
    table = stubs.session.resource("dynamodb").Table("occupancy")

    def handle(records: list[dict[str, Any]]) -> None:
        for record in records:
            bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
            image = {"S3Object": {"Bucket": bucket, "Name": key}}
            labels = rekognition.detect_labels(Image=image, MinConfidence=80)["Labels"]
            people = [
                instance
                for label in labels
                if label["Name"] == "Person"
                for instance in label["Instances"]
                if instance["Confidence"] > 95
            ]
            stamp = {"CameraId": key.split("/")[1], "TimeStamp": key}
            table.put_item(Item=stamp | {"Customer_Number": Decimal(len(people))})
            s3.delete_object(Bucket=bucket, Key=key)

    return handle


def _ours(stubs: Stubs) -> Callable[[list[dict[str, Any]]], None]:
    dynamodb = stubs.client("dynamodb")
    for number in range(BATCH):
        camera = _camera(number)
        item = settings_item(camera) | to_item({"CameraId": camera.camera_id, "Revision": 1})
        stubs.tables["cameras"][camera.camera_id] = {"": item}
    bucket = FrameBucket(stubs.client("s3"), "frames")
    dependencies = CountingDependencies(
        CameraRegistry(dynamodb, "cameras"),
        OccupancyTable(dynamodb, "occupancy", "quarters"),
        KeptRules(dynamodb, "quarters"),
        MarkTable(dynamodb, "stores"),
        bucket,
        FrameInspector(bucket),
        LabelDetection(stubs.client("rekognition"), bucket, Pace(1e9)),
        stubs.client("sqs"),
        "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
        timedelta(days=400),
    )

    def handle(records: list[dict[str, Any]]) -> None:
        messages = [
            Message(str(number), json.dumps({"Records": [record]})) for number, record in enumerate(records)
        ]
        batch = count(messages, dependencies, Invocation(START, time.monotonic() + 60))
        assert not batch.failed_messages

    return handle


def _camera(number: int) -> Camera:
    return Camera(
        f"camera-{number}", "store", START - timedelta(days=1), stream_name="s", sampling=Sampling(60)
    )


def _record(number: int) -> dict[str, Any]:
    instant = START + timedelta(minutes=number // BATCH)
    key = FrameKey(f"camera-{number % BATCH}", instant, instant - timedelta(milliseconds=400))
    return {
        "eventName": "ObjectCreated:Put",
        "eventTime": to_text(instant + timedelta(seconds=1)),
        "s3": {"bucket": {"name": "frames"}, "object": {"key": str(key)}},
    }
