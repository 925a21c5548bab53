"""A run of the closing: gaps and roll-ups of all cameras in parallel, leftover frames, the history."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from aws_lambda_powertools import Logger

from counter.closing.camera import CameraClosing, ClosingDependencies
from counter.closing.history import write
from counter.closing.leftovers import WaitingFrames, all_cameras, leftovers, waiting_frames
from counter.history.marking import put_roll_up
from counter.rows.coverage import Coverage
from counter.rows.quarters import closable_until
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.frames.messages import GapReason
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.times import quarter_start

logger = Logger(service="closing")

COVERAGE_LINE = "closed"
"""The message of the log line that has a camera's coverage."""

PAGES = 100
"""How many thousands of waiting frames are listed at most: if there are more, the counter is down."""


@dataclass
class ClosingResult:
    """What a run did; `overdue` counts due instants that should be closed by now but have no known row.

    `cameras` is the number of items in the registry, `invalid` has a sentence for each that cannot be read;
    nobody knows the instants of these. `coverage` is that of all quarter hours that the run closed.
    `history_failures` has the stores whose history could not be written, and why.
    """

    cameras: int = 0
    overdue: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    gaps: Counter[GapReason] = field(default_factory=Counter)
    invalid: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    leftovers: int = 0
    history_days: int = 0
    history_failures: dict[str, str] = field(default_factory=dict)


def run(dependencies: ClosingDependencies, threads: Executor, now: datetime) -> ClosingResult:
    """Close the quarter hours of all cameras that ended long enough before `now`.

    Raises AWS_FAILURES if the registry or the bucket cannot be read at all.
    """
    until = closable_until(now)
    registered = list(dependencies.registry.scan())
    result = ClosingResult(cameras=len(registered))
    waiting = waiting_frames(dependencies.bucket.waiting(PAGES), all_cameras(registered), until)
    invalid = [entry for entry in registered if isinstance(entry, InvalidCamera)]
    result.invalid += map(str, invalid)
    closings = [
        CameraClosing(entry, dependencies, waiting.by_instant.keys())
        for entry in registered
        if isinstance(entry, RegisteredCamera)
    ]

    def close(closing: CameraClosing) -> str | None:
        try:
            return None if closing.close(until) else "OutOfTime"
        except AWS_FAILURES as error:
            return name_of(error)

    for closing, failure in zip(closings, threads.map(close, closings), strict=True):
        result.gaps.update(closing.gaps)
        result.coverage += closing.coverage
        _log_coverage(closing)
        if failure:
            result.failures[closing.registered.camera.camera_id] = failure
            result.overdue += closing.overdue(until)
    _delete_leftovers(dependencies, waiting, result, now)
    try:
        history = write(dependencies, closings, invalid, threads, now)
    except AWS_FAILURES as error:
        result.failures["history"] = name_of(error)
    else:
        result.history_days = history.days
        result.history_failures = history.failures
    _report(result)
    return result


def _delete_leftovers(
    dependencies: ClosingDependencies, waiting: WaitingFrames, result: ClosingResult, now: datetime
) -> None:
    """Delete the frames that are no longer needed, after updating the roll-ups of their rows.

    The counter was killed on the last delivery of their message, perhaps before it put the roll-up.
    """
    if dependencies.out_of_time() or not (waiting.by_instant or waiting.never_due):
        return
    try:
        frames = leftovers(waiting, dependencies.table.get(waiting.by_instant))
        for camera_id, start in sorted({(camera_id, quarter_start(at)) for camera_id, at in frames}):
            put_roll_up(dependencies.table, dependencies.marks, camera_id, start, now)
        keys = [*waiting.never_due, *(key for keys in frames.values() for key in keys)]
        failed = dependencies.bucket.delete(keys)
    except AWS_FAILURES as error:
        result.failures["leftover frames"] = name_of(error)
        return
    result.leftovers = len(keys) - len(failed)
    for key, code in failed.items():
        result.failures[key] = f"DeleteObjects: {code}"


def _log_coverage(closing: CameraClosing) -> None:
    """A line for each camera that had due instants: the stack's dashboard adds them up by camera.

    A metric for each camera would cost more than the camera's rows.
    """
    camera, coverage = closing.registered.camera, closing.coverage
    if coverage.due:
        logger.info(
            COVERAGE_LINE,
            camera=camera.camera_id,
            store=camera.store_id,
            due=coverage.due,
            counted=coverage.counted,
        )


def _report(result: ClosingResult) -> None:
    for sentence in result.invalid:
        logger.warning("not closed: " + sentence)
    for failure in sorted(set(result.failures.values())):
        names = sorted(name for name, why in result.failures.items() if why == failure)
        logger.warning(f"{failure}: the next run will retry these", items=_first(names), number=len(names))


def _first(names: Sequence[str]) -> Sequence[str]:
    # A log line has a size limit; ten thousand camera IDs would exceed it.
    return names[:100]
