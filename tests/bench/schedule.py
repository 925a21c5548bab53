"""A tick of the schedule with 10 to 10,000 cameras that are all due; DynamoDB and SQS answer at once.

Each camera has its item and its state item.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from ingest.aws.dynamodb import Item, to_item
from ingest.aws.queues import MessageQueue
from ingest.registry.camera import Camera
from ingest.registry.items import settings_item
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from ingest.registry.state_items import MOVED, state_key
from ingest.registry.table import CameraRegistry
from ingest.schedule import schedule
from ingest.times import from_millis, to_millis, to_text

NOW = from_millis(1_700_035_200_000)
"""A Wednesday, 08:00 UTC."""

PAGE_BYTES = 1_000_000
"""What a Scan answers at most."""


def main() -> None:
    """Print the table."""
    print("cameras  messages  calls   CPU s  wall s  CPU ms/camera")
    for count in (10, 100, 1_000, 10_000):
        calls, messages, cpu, wall = _tick(count)
        print(f"{count:7}  {messages:8}  {calls:5}  {cpu:6.2f}  {wall:6.2f}  {cpu / count * 1000:13.2f}")


def _tick(count: int) -> tuple[int, int, float, float]:
    """(AWS calls, messages sent, CPU seconds, wall seconds) of one tick."""
    cloud = Cloud([item for number in range(count) for item in _items(number)])
    registry = CameraRegistry(cloud.client("dynamodb"), "cameras")
    pull_queue = MessageQueue(cloud.client("sqs"), "https://sqs.us-east-1.amazonaws.com/1/pull")
    cpu, wall = process_time(), perf_counter()
    messages, unreadable = schedule(registry, pull_queue, NOW)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    assert (messages, unreadable) == (count, 0)
    return cloud.calls, messages, cpu, wall


def _items(number: int) -> list[Item]:
    sampling = Sampling(60, "Europe/Berlin", parse("mon-sat 09:00-20:00"))
    zone = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    camera = Camera(
        f"camera-{number}", f"store-{number // 30}", NOW - timedelta(days=9), sampling=sampling,
        zones={"till": zone, "door": zone}, ignore={"poster": zone},
    )  # fmt: skip
    settled = {
        "CameraId": camera.camera_id,
        "Revision": 1,
        "LeaseOwner": MOVED,
        "LeaseExpires": to_millis(NOW - timedelta(days=9)),
    }
    cursor = {
        "LookedUntil": to_text(NOW - timedelta(minutes=1)),
        "TakenRanges": [[1_700_000_000_000, 60_000, 11]],
    }
    return [
        settings_item(camera) | to_item(settled),
        state_key(camera.camera_id) | to_item(cursor),
    ]


class Cloud:
    """Answers Scan and SendMessageBatch in place of the network: what is left is ours and botocore's."""

    def __init__(self, items: Sequence[Item]) -> None:
        per_page = max(1, PAGE_BYTES * len(items) // len(json.dumps(items)))
        self._pages = [items[first : first + per_page] for first in range(0, len(items), per_page)]
        self.calls = 0

    def client(self, service: Any) -> Any:
        client = boto3.client(service, "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.meta.events.register("before-send", self._answer)
        return client

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.calls += 1
        sent = json.loads(request.body)
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(json.dumps(self._content(sent)).encode()))

    def _content(self, sent: dict[str, Any]) -> dict[str, Any]:
        if "Entries" in sent:
            return {"Successful": [{"Id": entry["Id"]} for entry in sent["Entries"]]}
        index = int(sent.get("ExclusiveStartKey", {"Page": {"N": "0"}})["Page"]["N"])
        following = {"LastEvaluatedKey": {"Page": {"N": str(index + 1)}}}
        return {"Items": self._pages[index]} | (following if index + 1 < len(self._pages) else {})


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


if __name__ == "__main__":
    main()
