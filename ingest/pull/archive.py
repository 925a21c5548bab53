"""Modes `auto`, `images`, `fragments`: pulls what has arrived in a stream's archive since the last pull.

Read (ListFragments), decide (`ingest.pull.selection`), act (a `FrameExtractor`), then record the cursor.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from ingest.pull.extraction import CameraPull, FrameExtractor
from ingest.pull.image_memory import without_closed
from ingest.pull.invocation import Invocation, LeasedCursor
from ingest.pull.selection import instants_near, select
from ingest.registry.instant_ranges import ranges_of

OVERLAP = timedelta(minutes=10)
"""Server time that is listed again. A fragment is listed once it is complete, under the time at which it
began to arrive, so a slow line hides it for minutes; and it may wait for its successor."""

SLICE = timedelta(minutes=5)
"""The server time between two records of the cursor: at most this much is repeated after a kill."""

MAX_RANGES = 1000
"""Ranges of instants kept in a state item, about 20 bytes each. The instants of older ones are fetched
again, which changes nothing."""


def pull_archive(
    pull: CameraPull,
    extractor: FrameExtractor,
    cursor: LeasedCursor,
    invocation: Invocation,
    retention: timedelta,
) -> None:
    """Pull slice after slice up to now, or until time runs out; record the cursor after each slice.

    What the stream's `retention` has deleted is not listed. Raises what the extractor raises, and LeaseLost.
    """
    until = max(cursor.value.until or pull.camera.since, invocation.now - retention)
    while until < invocation.now and not cursor.released and invocation.time_left():
        until = _pull_slice(pull, extractor, cursor, (until, min(until + SLICE, invocation.now)), invocation)


def _pull_slice(
    pull: CameraPull,
    extractor: FrameExtractor,
    cursor: LeasedCursor,
    span: tuple[datetime, datetime],
    invocation: Invocation,
) -> datetime:
    """Pull what arrived in a span of server time, and record how far the pull came: to the end, or less."""
    start, until = span
    listed = pull.dependencies.kvs.archive.list(pull.stream_name, "SERVER_TIMESTAMP", start - OVERLAP, until)
    for fragment in listed:
        pull.check_clock(fragment.start, fragment.server_time)
    selection = select(pull.camera, listed, frozenset(cursor.value.decided), until)
    extracted = extractor.extract(selection.selected, until, invocation.time_left)
    if extracted.rest:
        # Time ran out. All fragments that arrived before the first one of the rest are done.
        until = max(start, min(selected.fragment.server_time for selected in extracted.rest))
    listed_again = [fragment for fragment in listed if fragment.server_time >= until - OVERLAP]
    near = instants_near(pull.camera, listed_again)
    value = cursor.value
    ranges = ranges_of(near & {*value.decided, *extracted.decided})[-MAX_RANGES:]
    cursor.record(
        replace(
            value,
            until=until,
            decided=tuple(chain.from_iterable(ranges)),
            pending=selection.pending or extracted.waiting or bool(extracted.rest),
            images=without_closed(value.images, near - extracted.decided),
            after=None,
            rate=None,
        ),
        last=until >= invocation.now or bool(extracted.rest),
    )
    return until
