"""Snapshots of the demo: rows, queues and bucket at one moment, and the evidence for the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import boto3

from counter.rows.occupancy import Row
from infra.local.cloud import LocalCloud
from infra.local.demo.late_frame import LateFinding
from infra.local.demo.outside_reader import compare
from infra.local.demo.score import Score
from infra.local.demo.stored_history import read_stored
from infra.local.demo.verdict import Evidence
from ingest.registry.camera import Camera
from ingest.times import QUARTER_HOUR, next_quarter, quarter_start


@dataclass(frozen=True)
class Waiting:
    """Messages, visible or in flight, in each kind of queue, and frames in the bucket."""

    pulls: int = 0
    frames: int = 0
    dead_letters: int = 0
    in_bucket: int = 0

    @property
    def anything(self) -> bool:
        """Whether anything is still to be done."""
        return bool(self.pulls or self.frames or self.in_bucket)


@dataclass(frozen=True)
class Snapshot:
    """The demo at one moment, or at its end; `broken` has a sentence for each broken guarantee.

    `what` is what the demo does, `modes` says for each camera how its frames come. At its end `compared` says
    with what the history was compared.
    """

    what: str
    scores: tuple[Score, ...] = ()
    freshness: tuple[timedelta, ...] = ()
    waiting: Waiting = field(default_factory=Waiting)
    warnings: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    modes: Mapping[str, str] = field(default_factory=dict)
    compared: str = ""
    page: str = ""
    """At the end: the report of what was counted."""


class Backlog:
    """Reads the queues and the bucket in the order of the flow.

    So it misses nothing that moves on while it reads, once no more pull requests come.
    """

    def __init__(self, outputs: Mapping[str, str]) -> None:
        self._outputs = outputs
        self._sqs = boto3.client("sqs")
        self._s3 = boto3.client("s3")

    def waiting(self) -> Waiting:
        """Count what waits."""
        return Waiting(
            pulls=self._messages("PullQueueUrl"),
            frames=self._messages("FrameQueueUrl"),
            dead_letters=self._messages("PullDeadLetterQueueUrl") + self._messages("FrameDeadLetterQueueUrl"),
            in_bucket=len(self.frames_left()),
        )

    def frames_left(self) -> list[str]:
        """List the keys in the frame bucket, at most a thousand."""
        answer = self._s3.list_objects_v2(Bucket=self._outputs["FrameBucketName"])
        return [entry["Key"] for entry in answer.get("Contents", [])]

    def _messages(self, output: str) -> int:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._outputs[output],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(map(int, answer["Attributes"].values()))


def gather(
    cloud: LocalCloud,
    cameras: Sequence[Camera],
    due: Mapping[str, Sequence[datetime]],
    failures: Sequence[str],
    late: LateFinding | None = None,
) -> Evidence:
    """Read the evidence from the tables, the buckets and the queues themselves."""
    backlog = Backlog(cloud.stack.outputs)
    rows = {camera.camera_id: _rows(cloud, camera, due[camera.camera_id]) for camera in cameras}
    quarters = {(name, quarter_start(row.instant)) for name, found in rows.items() for row in found}
    return Evidence(
        cameras=cameras,
        due=due,
        rows=rows,
        quarters={(name, start): cloud.occupancy.quarter(name, start) for name, start in sorted(quarters)},
        frames_left=backlog.frames_left(),
        early_deletions=cloud.audit.early,
        failures=failures,
        dead_letters=backlog.waiting().dead_letters,
        history=compare(read_stored(cloud.stack.outputs)),
        late=late,
    )


def _rows(cloud: LocalCloud, camera: Camera, due: Sequence[datetime]) -> list[Row]:
    """All rows of the quarter hours in which the demo ran, and of the next one."""
    last = due[-1] if due else camera.since
    end = next_quarter(last) + QUARTER_HOUR
    return cloud.occupancy.rows(camera.camera_id, quarter_start(camera.since), end)
