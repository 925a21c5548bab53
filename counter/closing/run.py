"""A run of the closing over all cameras: gaps and roll-ups side by side, then what is left in the bucket."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from aws_lambda_powertools import Logger

from counter.closing.camera import CameraClosing, Outside
from counter.closing.gaps import closable_until
from counter.closing.leftovers import Waiting, all_cameras, settled, sort
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.frames.messages import GapReason
from ingest.registry.camera import InvalidCamera
from ingest.times import quarter_start

logger = Logger(service="closing")

PAGES = 100
"""Waiting frames are looked at up to so many thousand: while there are more, the counter is down."""


@dataclass
class Closed:
    """What a run did; `overdue`: due instants that should be closed by now and of which no row is known.

    A camera whose item cannot be read counts as one.
    """

    overdue: int = 0
    gaps: Counter[GapReason] = field(default_factory=Counter)
    invalid: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    leftovers: int = 0


def run(outside: Outside, threads: Executor, now: datetime) -> Closed:
    """Close every camera's quarter hours that ended long enough before `now`.

    Raises ClientError or BotoCoreError where the registry or the bucket cannot be read at all.
    """
    closed = Closed()
    until = closable_until(now)
    registered = list(outside.registry.scan())
    waiting = sort(outside.bucket.waiting(PAGES), all_cameras(registered), until)
    closings = []
    for one in registered:
        if isinstance(one, InvalidCamera):
            closed.invalid.append(str(one))
            closed.overdue += 1  # nobody can tell how many; one is enough for the alarm
        else:
            closings.append(CameraClosing(one, outside, waiting.by_instant.keys()))

    def close(closing: CameraClosing) -> str | None:
        try:
            return None if closing.close(until) else "OutOfTime"
        except AWS_FAILURES as error:
            return name_of(error)

    for closing, failure in zip(closings, threads.map(close, closings), strict=True):
        closed.gaps.update(closing.gaps)
        if failure:
            closed.failures[closing.registered.camera.camera_id] = failure
            closed.overdue += closing.overdue(until)
    _clear_away(outside, waiting, closed)
    _report(closed)
    return closed


def _clear_away(outside: Outside, waiting: Waiting, closed: Closed) -> None:
    """Delete the frames that nobody needs any more, each after its roll-up follows its row.

    Their counter died on the last delivery of their message; it may have died before the roll-up.
    """
    if outside.out_of_time() or not (waiting.by_instant or waiting.strays):
        return
    try:
        frames = settled(waiting, outside.table.get(waiting.by_instant))
        for camera_id, start in sorted({(camera_id, quarter_start(at)) for camera_id, at in frames}):
            outside.table.put_roll_up(camera_id, start)
        keys = [*waiting.strays, *(key for keys in frames.values() for key in keys)]
        failed = outside.bucket.delete(keys)
    except AWS_FAILURES as error:
        closed.failures["frames left over"] = name_of(error)
        return
    closed.leftovers = len(keys) - len(failed)
    for key, code in failed.items():
        closed.failures[key] = f"DeleteObjects: {code}"


def _report(closed: Closed) -> None:
    for sentence in closed.invalid:
        logger.warning("not closed: " + sentence)
    for failure in sorted(set(closed.failures.values())):
        names = sorted(name for name, why in closed.failures.items() if why == failure)
        logger.warning(f"{failure}: the next run goes on with these", items=_first(names), number=len(names))


def _first(names: Sequence[str]) -> Sequence[str]:
    # A log line has a limit; ten thousand cameras would not fit.
    return names[:100]
