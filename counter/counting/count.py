"""Frame queue -> rows, roll-ups, frames deleted: one batch, read -> decide -> act."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools import Logger

from counter.closing.gaps import DECIDED
from counter.counting import steps
from counter.counting.batch import Batch, Outside
from counter.counting.batch_reader import Intake, Message, take_in
from counter.counting.detection import FrameUnreachable, OutOfTime
from counter.counting.messages import Refusal
from counter.counting.plan import Plan, Task, Wanted, decide, row_keys
from counter.counting.uncountable import EXPIRED, Uncountable
from counter.rows.new_rows import counted_row, gap_row
from counter.rows.occupancy import Row, Status
from counter.rows.people import Detection
from ingest.aws.failures import AWS_FAILURES, name_of

logger = Logger(service="counter")

WORKERS = 25
"""Threads of a batch: as many as it has messages."""


@dataclass(frozen=True)
class Timing:
    """`now` dates the batch; `until`, on the pace's clock, is when the last DetectLabels may begin."""

    now: datetime
    until: float


def count(messages: Sequence[Message], outside: Outside, timing: Timing) -> Batch:
    """Take one batch through; the messages in the result's `failed_messages` must come again.

    Raises ClientError or BotoCoreError where the registry or the rows cannot be read at all.
    """
    intake = take_in(messages, outside.bucket.name, outside.registry, timing.now)
    rows = outside.table.get(row_keys(intake.arrived, intake.noticed))
    plan = decide(intake.arrived, intake.noticed, rows, outside.retention)
    with ThreadPoolExecutor(WORKERS) as threads:
        batch = Batch(outside, threads, tally=plan.tally)
        tasks = [*plan.tasks, *_look(batch, plan.wanted, timing.until)]
        for step in steps.STEPS:
            tasks = step(batch, tasks)
        for message_id, error in intake.unreadable:
            batch.fail("InvalidCamera", [message_id], [str(error)])
        _refuse(batch, intake.refusals)
    _report(batch, intake, plan)
    return batch


def _look(batch: Batch, wanted: Sequence[Wanted], until: float) -> list[Task]:
    """Count them side by side; those that could not be looked at now are left out."""

    def look(one: Wanted) -> Task | None:
        try:
            return one.task(_row(batch.outside, one, until))
        except AWS_FAILURES as error:
            failure = name_of(error)
        except (FrameUnreachable, OutOfTime) as error:
            failure = type(error).__name__
        batch.fail(failure, one.messages, [frame.key for frame in one.frames])
        return None

    return [task for task in batch.threads.map(look, wanted) if task is not None]


def _row(outside: Outside, wanted: Wanted, until: float) -> Row | None:
    """The row from the best frame that can be read; None where another invocation has looked meanwhile."""
    gap: Uncountable | None = None
    for frame in wanted.frames:
        try:
            outcome = outside.detection.detect(frame.key, until)
        except FrameUnreachable:
            row = _stored(outside, wanted)
            if row is not None and row.status is Status.COUNTED:
                return None
            # Rekognition says the same of an object that it may not read: that one is not lost yet.
            if outside.bucket.holds(frame.key):
                raise
            if row is not None and row.reason in DECIDED:
                continue  # it was looked at, and its message came twice
            outcome = EXPIRED
        if isinstance(outcome, Detection):
            return counted_row(frame, wanted.instant, outcome, outside.retention)
        camera_id = wanted.camera.camera_id
        logger.warning(outcome.sentence(frame.key, camera_id), camera=camera_id, reason=outcome.reason.value)
        gap = gap or outcome
    return gap_row(wanted.camera, wanted.instant, gap.reason, outside.retention) if gap else None


def _stored(outside: Outside, wanted: Wanted) -> Row | None:
    key = wanted.camera.camera_id, wanted.instant
    return outside.table.get([key]).get(key)


def _refuse(batch: Batch, refusals: Sequence[Refusal]) -> None:
    """Send what nobody can handle to the dead-letter queue, once, with its sentence.

    Not while another part of its message must come again: it would be sent each time.
    """

    def send(refusal: Refusal) -> None:
        batch.outside.sqs.send_message(
            QueueUrl=batch.outside.dead_letter_queue_url,
            MessageBody=refusal.body,
            MessageAttributes={"Reason": {"DataType": "String", "StringValue": refusal.reason}},
        )

    final = [refusal for refusal in refusals if refusal.message_id not in batch.failed_messages]
    for refusal, failure in batch.each(send, final):
        if failure is None:
            batch.tally["Refused"] += 1
            logger.warning("refused: " + refusal.reason)
        else:
            batch.fail(failure, [refusal.message_id], [refusal.reason])


def _report(batch: Batch, intake: Intake, plan: Plan) -> None:
    for failure, what in batch.failures.items():
        logger.warning(f"{failure}: these come again", items=sorted(set(what)))
    for camera_id in sorted(set(plan.crowded)):
        logger.warning(
            f"two original DeepLens frames for one instant of camera {camera_id!r}: a second unit sends under"
            " its name: install this version on one of the units (docs/deeplens.md); or it sends more often"
            " than its sample_every"
        )
    batch.tally["Failed"] += len(batch.failed_messages)
    batch.tally["InvalidCameras"] += len({error.camera_id for _, error in intake.unreadable})
