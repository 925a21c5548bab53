"""Follows the rows of cameras as they are written."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from counter.rows.table import OccupancyTable
from infra.cli.aws.deployment import Clock
from infra.cli.aws.failures import aws_failure
from infra.cli.counts.entries import CountEntry, CountStatus, entry_of
from infra.cli.terminal.console import warn
from ingest.aws.failures import AWS_FAILURES
from ingest.registry.registered import RegisteredCamera

SECONDS = 10.0
"""Between two reads."""
WINDOW = timedelta(minutes=45)
"""How far each read goes back: gaps are written up to half an hour after their instant."""

Show = Callable[[CountEntry], None]


def watch(
    table: OccupancyTable, cameras: Sequence[RegisteredCamera], start: datetime, clock: Clock, show: Show
) -> None:
    """Show the rows from `start` on, and each new one, and each gap that becomes counted; never ends.

    Raises AWS_FAILURES only if the first read fails; later the command waits until it can read again.
    """
    shown: dict[tuple[datetime, str], CountStatus] = {}
    since, read, failure = start, False, ""
    while True:
        now = clock.now()
        try:
            found = sorted(_rows(table, cameras, since, now), key=lambda entry: entry.key)
        except AWS_FAILURES as error:
            if not read:
                raise
            sentence = str(aws_failure(error))
            if sentence != failure:
                warn(f"{sentence}; this is tried again every {SECONDS:g} s")
            failure = sentence
        else:
            for entry in found:
                if shown.get(entry.key) is not entry.status:
                    show(entry)
            shown = {entry.key: entry.status for entry in found}
            since, read, failure = max(start, now - WINDOW), True, ""
        clock.sleep(SECONDS)


def _rows(
    table: OccupancyTable, cameras: Sequence[RegisteredCamera], start: datetime, now: datetime
) -> Iterator[CountEntry]:
    # An instant may be a little ahead of this clock.
    end = now + timedelta(minutes=5)
    for registered in cameras:
        camera = registered.camera
        for row in table.outlines(camera.camera_id, start, end):
            yield entry_of(row, camera.sampling.time_zone)
