"""Frame queue -> rows, roll-ups, frames deleted: one batch, read -> decide -> act."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from aws_lambda_powertools import Logger

from counter.counting.batch import Batch, CountingDependencies, run_steps
from counter.counting.batch_reader import BatchContents, read_batch
from counter.counting.detection import (
    EXPIRED,
    NOT_LOCALISED,
    FrameUnreachable,
    OutOfTime,
)
from counter.counting.messages import DeadLetter, Message
from counter.counting.pictures import Pictures, inspect_frames
from counter.counting.plan import DetectionTask, Plan, StorageTask, decide, row_keys
from counter.rows.new_rows import counted_row, gap_row, not_localised_row
from counter.rows.occupancy import Row, Status
from counter.rows.people import Detection
from counter.rows.rule import Rule
from ingest.aws.failures import AWS_FAILURES, name_of

logger = Logger(service="counter")

WORKERS = 25
"""Threads of a batch. At 5 images a second they wait for detections that take up to 5 s."""


@dataclass(frozen=True)
class Invocation:
    """When the batch is read, and the last time, on the pace's clock, at which a DetectLabels may start."""

    now: datetime
    until: float


def count(messages: Sequence[Message], dependencies: CountingDependencies, invocation: Invocation) -> Batch:
    """Count a batch. The messages in the result's `failed_messages` must be retried.

    Raises AWS_FAILURES if the registry or the rows cannot be read at all.
    """
    contents = read_batch(messages, dependencies.bucket.name, dependencies.registry, invocation.now)
    rows = dependencies.table.get(row_keys(contents.frames, contents.notices))
    plan = decide(contents.frames, contents.notices, rows, dependencies.retention)
    with ThreadPoolExecutor(WORKERS) as threads:
        batch = Batch(dependencies, threads, invocation.now, tally=plan.tally)
        tasks, pictures = inspect_frames(batch, _with_kept_rule(batch, plan.detection_tasks), rows)
        run_steps(batch, [*plan.storage_tasks, *_detect(batch, tasks, pictures, invocation.until)])
        for message_id, error in contents.invalid:
            batch.fail("InvalidCamera", [message_id], [str(error)])
        _send_dead_letters(batch, contents.dead_letters)
    _report(batch, contents, plan)
    return batch


def _with_kept_rule(batch: Batch, tasks: Sequence[DetectionTask]) -> list[DetectionTask]:
    """Keep the rules by which the tasks are counted; the messages of those without one are retried.

    A row names its rule, so the rule is stored first.
    """
    rules = [(task.camera.camera_id, Rule.of(task.camera)) for task in tasks]
    distinct = {(camera_id, rule.digest): rule for camera_id, rule in rules}

    def keep(key: tuple[str, str]) -> None:
        batch.dependencies.rules.keep(key[0], distinct[key])

    failures = {key: failure for key, failure in batch.each(keep, distinct) if failure}
    kept = []
    for task, (camera_id, rule) in zip(tasks, rules, strict=True):
        if failure := failures.get((camera_id, rule.digest)):
            batch.fail(failure, task.messages, [frame.key for frame in task.frames])
        else:
            kept.append(task)
    return kept


def _detect(
    batch: Batch, tasks: Sequence[DetectionTask], pictures: Pictures, until: float
) -> list[StorageTask]:
    """Run the detections in parallel; the messages of those that fail are retried."""

    def detect(task: DetectionTask) -> StorageTask | None:
        try:
            return task.storage_task(_new_row(batch.dependencies, task, pictures, until))
        except AWS_FAILURES as error:
            failure = name_of(error)
        except (FrameUnreachable, OutOfTime) as error:
            failure = type(error).__name__
        batch.fail(failure, task.messages, [frame.key for frame in task.frames])
        return None

    return [storage for storage in batch.threads.map(detect, tasks) if storage is not None]


def _new_row(
    dependencies: CountingDependencies, task: DetectionTask, pictures: Pictures, until: float
) -> Row | None:
    """The row from the best readable frame; None if another invocation has analysed the frames meanwhile."""
    gap: Row | None = None
    camera, instant, retention = task.camera, task.instant, dependencies.retention
    for frame in task.frames:
        try:
            fault = pictures.fault(task, frame)
            outcome = fault or dependencies.detection.detect(frame.key, until)
        except FrameUnreachable:
            row = _stored_row(dependencies, task)
            if row is not None and row.status is Status.COUNTED:
                return None
            # Rekognition gives the same error for an object that it may not read; that frame is not lost.
            if dependencies.bucket.find(frame.key):
                raise
            if row is not None and row.analysed:
                continue  # its message was delivered twice
            outcome = EXPIRED
        if isinstance(outcome, Detection):
            if outcome.countable(camera.min_confidence):
                return replace(counted_row(frame, instant, outcome, retention), digest=pictures.digest(frame))
            row, why = not_localised_row(camera, instant, outcome, retention), NOT_LOCALISED
        else:
            row, why = gap_row(camera, instant, outcome.reason, retention), outcome
        logger.warning(
            why.sentence(frame.key, camera.camera_id), camera=camera.camera_id, reason=why.reason.value
        )
        gap = gap or replace(row, digest=pictures.digest(frame))
    return gap


def _stored_row(dependencies: CountingDependencies, task: DetectionTask) -> Row | None:
    key = task.camera.camera_id, task.instant
    return dependencies.table.get([key]).get(key)


def _send_dead_letters(batch: Batch, dead_letters: Sequence[DeadLetter]) -> None:
    """Send each dead letter to the dead-letter queue, once, with its sentence.

    Not while another part of its message is retried: it would be sent each time.
    """

    def send(letter: DeadLetter) -> None:
        batch.dependencies.sqs.send_message(
            QueueUrl=batch.dependencies.dead_letter_queue_url,
            MessageBody=letter.body,
            MessageAttributes={"Reason": {"DataType": "String", "StringValue": letter.reason}},
        )

    final = [letter for letter in dead_letters if letter.message_id not in batch.failed_messages]
    for letter, failure in batch.each(send, final):
        if failure is None:
            batch.tally["Refused"] += 1
            logger.warning("sent to the dead-letter queue: " + letter.reason)
        else:
            batch.fail(failure, [letter.message_id], [letter.reason])


def _report(batch: Batch, contents: BatchContents, plan: Plan) -> None:
    for failure, affected in batch.failures.items():
        logger.warning(f"{failure}: these will be retried", items=sorted(set(affected)))
    for camera_id in sorted(set(plan.second_units)):
        logger.warning(
            f"two original DeepLens frames for the same instant of camera {camera_id!r}: a second unit sends"
            " under its name: install this version on one of the units (docs/deeplens.md); or the unit sends"
            " more often than its sample_every"
        )
    batch.tally["Failed"] += len(batch.failed_messages)
    batch.tally["InvalidCameras"] += len({error.camera_id for _, error in contents.invalid})
