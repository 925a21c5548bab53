"""Modes `auto`, `images`, `fragments`: pulls what has arrived in a stream's archive since the last pull.

Read (ListFragments), decide (`ingest.pull.selection`), act (a `FrameExtractor`), then give the cursor.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ingest.pull.extraction import CameraPull, Extracted, FrameExtractor
from ingest.pull.invocation import Invocation
from ingest.pull.selection import instants_near, select
from ingest.registry.registered import ImageMemory, PullCursor

OVERLAP = timedelta(seconds=120)
"""How far a look goes back behind the one before it: a fragment is listed once it is complete, under the time
at which it began to arrive, and may wait for its successor."""

SLICE = timedelta(minutes=5)
"""The server time that one look spans at most, and with it what is done again after a kill."""

MAX_TAKEN = 2000
"""Instants remembered in a registry item; those beyond are fetched once more, which changes nothing."""


def pull_archive(
    pull: CameraPull, extractor: FrameExtractor, cursor: PullCursor, invocation: Invocation, kept: timedelta
) -> Iterator[PullCursor]:
    """The cursor after each slice of server time, whose frames are then put. Ends early when time runs out.

    `kept` is the stream's retention: the pull does not list what is gone. Raises what the extractor raises.
    """
    until = max(cursor.until or pull.camera.since, invocation.now - kept)
    cursor = replace(cursor, until=until, after=None)
    while until < invocation.now and invocation.time_left():
        cursor = _slice(pull, extractor, cursor, min(until + SLICE, invocation.now), invocation)
        until = cursor.until or invocation.now
        yield cursor


def _slice(
    pull: CameraPull, extractor: FrameExtractor, cursor: PullCursor, until: datetime, invocation: Invocation
) -> PullCursor:
    """Look at what arrived between the end of the last look and `until`, or as far as the time allows."""
    start = cursor.until or until
    kvs, stream_name = pull.dependencies.kvs, pull.stream_name
    listed = kvs.archive.list(stream_name, "SERVER_TIMESTAMP", start - OVERLAP, until)
    for fragment in listed:
        pull.check_clock(fragment.start, fragment.server_time)
    selection = select(pull.camera, listed, frozenset(cursor.taken), until)
    result = extractor.extract(selection.wanted, until, invocation.time_left)
    if result.rest:
        # Time ran out. What arrived before the first fragment that is left over is done.
        until = max(start, min(choice.fragment.server_time for choice in result.rest))
    listed_again = [fragment for fragment in listed if fragment.server_time >= until - OVERLAP]
    near = instants_near(pull.camera, listed_again)
    return replace(
        cursor,
        until=until,
        taken=tuple(sorted(near & {*cursor.taken, *result.instants})[-MAX_TAKEN:]),
        pending=selection.pending or result.waiting or bool(result.rest),
        images=_memory(cursor, result, near),
    )


def _memory(cursor: PullCursor, result: Extracted, near: frozenset[datetime]) -> ImageMemory:
    """Without the instants that nobody will ask for again."""
    memory = result.memory or cursor.images
    open_instants = near - result.instants
    return replace(memory, asked=tuple(instant for instant in memory.asked if instant in open_instants))
