"""S3's frame bucket, which announces new frames on a queue, and Rekognition, which reads them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.scale.calls import Calls, Throttle, error
from tests.scale.queues import Queue

NOTICE_SECONDS = 1.0
"""Until S3's notification is in the queue: "typically in seconds" (Amazon S3 Event Notifications)."""
PEOPLE = [
    {"BoundingBox": {"Width": 0.1, "Height": 0.4, "Left": 0.1 * n, "Top": 0.3}, "Confidence": 97.5}
    for n in range(2)
]
ANSWER = {
    "Labels": [{"Name": "Person", "Confidence": 99.2, "Instances": PEOPLE, "Parents": []}],
    "LabelModelVersion": "3.0",
}


@dataclass
class Frames:
    """The objects of the bucket, each with the time at which it was put."""

    queue: Queue
    prefix: Throttle
    objects: dict[str, float] = field(default_factory=dict)
    metadata: dict[str, Mapping[str, str]] = field(default_factory=dict)


class _Exceptions:
    ClientError = ClientError


class S3:
    """boto3's client over the bucket."""

    exceptions = _Exceptions

    def __init__(self, calls: Calls, frames: Frames) -> None:
        self._calls = calls
        self._frames = frames

    def put_object(self, **asked: Any) -> dict[str, Any]:
        """Put a frame and announce it."""

        def act() -> dict[str, Any]:
            if not self._frames.prefix.take():
                raise error("SlowDown", 503)
            clock = self._calls.clock
            self._frames.objects[asked["Key"]] = clock.now
            self._frames.metadata[asked["Key"]] = asked["Metadata"]
            body = _notification(asked["Key"], clock.now)
            clock.spawn(lambda: self._announce(body))
            return {"ETag": "1"}

        return self._calls.call("PutObject", act)

    def _announce(self, body: str) -> None:
        self._calls.clock.sleep(NOTICE_SECONDS)
        self._frames.queue.send([body])

    def delete_objects(self, **asked: Any) -> dict[str, Any]:
        """Delete frames."""

        def act() -> dict[str, Any]:
            for entry in asked["Delete"]["Objects"]:
                self._frames.objects.pop(entry["Key"], None)
                self._frames.metadata.pop(entry["Key"], None)
            return {}

        return self._calls.call("DeleteObjects", act)

    def head_object(self, **asked: Any) -> dict[str, Any]:
        """Whether a frame exists, and what its sender found on it."""

        def act() -> dict[str, Any]:
            if asked["Key"] not in self._frames.objects:
                raise error("404", 404)
            return {"ContentLength": 300_000, "Metadata": self._frames.metadata[asked["Key"]]}

        return self._calls.call("HeadObject", act)

    def get_paginator(self, _: str) -> "S3":
        """Pages of ListObjectsV2."""
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Each page of a thousand keys."""
        keys = sorted(self._frames.objects)[: asked["PaginationConfig"]["MaxItems"]]
        for first in range(0, max(1, len(keys)), 1000):
            yield self._calls.call("ListObjectsV2", partial(self._page, keys[first : first + 1000]))

    def _page(self, keys: list[str]) -> dict[str, Any]:
        times = ((key, self._frames.objects.get(key)) for key in keys)
        return {
            "Contents": [
                {"Key": key, "LastModified": datetime.fromtimestamp(at, UTC)} for key, at in times if at
            ]
        }


class Rekognition:
    """boto3's client; `quota` is the account's DetectLabels a second."""

    def __init__(self, calls: Calls, quota: Throttle, frames: Frames) -> None:
        self._calls = calls
        self._quota = quota
        self._frames = frames

    def detect_labels(self, *, Image: Mapping[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's
        """The people on a frame."""

        def act() -> dict[str, Any]:
            if not self._quota.take():
                raise error("ProvisionedThroughputExceededException", 400)
            if Image["S3Object"]["Name"] not in self._frames.objects:
                raise error("InvalidS3ObjectException", 400)
            return ANSWER

        return self._calls.call("DetectLabels", act)


def _notification(key: str, now: float) -> str:
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": datetime.fromtimestamp(now, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "s3": {"bucket": {"name": "frames"}, "object": {"key": key}},
    }
    return json.dumps({"Records": [record]})
