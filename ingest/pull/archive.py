"""Modes `auto`, `images`, `fragments`: looks at what has arrived in a stream's archive since the last one.

Read (ListFragments), decide (`ingest.pull.selection`), act (a `Taker`), and only then is the look recorded.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ingest.pull.extraction import Output, Taken, Taker
from ingest.pull.invocation import Turn
from ingest.pull.selection import instants_near, select
from ingest.registry.items import ImageMemory, Look

OVERLAP = timedelta(seconds=120)
"""How far a look goes back behind the one before it: a fragment is listed once it is complete, under the time
at which it began to arrive, and may wait for its successor."""

SLICE = timedelta(minutes=5)
"""The server time that one look spans at most, and with it what is done again after a kill."""

MAX_TAKEN = 2000
"""Instants remembered in a registry item; those beyond are fetched once more, which changes nothing."""


def archive_looks(output: Output, taker: Taker, look: Look, turn: Turn, kept: timedelta) -> Iterator[Look]:
    """Each look is done when it is given. Ends early where no time is left.

    `kept` is how long the stream keeps its video: nobody looks for what is gone. Raises what the taker does.
    """
    until = max(look.until or output.camera.since, turn.now - kept)
    look = replace(look, until=until, after=None)
    while until < turn.now and turn.time_left():
        look = _slice(output, taker, look, min(until + SLICE, turn.now), turn)
        until = look.until or turn.now
        yield look


def _slice(output: Output, taker: Taker, look: Look, until: datetime, turn: Turn) -> Look:
    """Look at what arrived between the end of the last look and `until`, or as far as the time allows."""
    start = look.until or until
    kvs, stream_name = output.ports.kvs, output.stream_name
    listed = kvs.archive.list(stream_name, "SERVER_TIMESTAMP", start - OVERLAP, until)
    for fragment in listed:
        output.check_clock(fragment.start, fragment.server_time)
    selection = select(output.camera, listed, frozenset(look.taken), until)
    result = taker.take(selection.wanted, until, turn.time_left)
    if result.rest:
        # Time ran out. What arrived before the first fragment that is left over is done.
        until = max(start, min(choice.fragment.server_time for choice in result.rest))
    listed_again = [fragment for fragment in listed if fragment.server_time >= until - OVERLAP]
    near = instants_near(output.camera, listed_again)
    return replace(
        look,
        until=until,
        taken=tuple(sorted(near & {*look.taken, *result.instants})[-MAX_TAKEN:]),
        pending=selection.pending or result.waiting or bool(result.rest),
        images=_memory(look, result, near),
    )


def _memory(look: Look, result: Taken, near: frozenset[datetime]) -> ImageMemory:
    """Without the instants that nobody will ask for again."""
    memory = result.memory or look.images
    open_instants = near - result.instants
    return replace(memory, asked=tuple(instant for instant in memory.asked if instant in open_instants))
