"""KVS -> frame bucket, the core of the pull: what has arrived since the last look, and the frames in it.

Read (ListFragments), decide (`ingest.selection`), act (`ingest.taking`), and only then record the look. Every
step may be the last before a kill: done again it gives the same keys.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.cameras import Camera, InvalidCamera, Mode
from ingest.errors import OccupancyError
from ingest.registry import CameraRegistry
from ingest.registry_items import Look
from ingest.selection import instants_near, select
from ingest.taking import Ports, Taker, Tally

OVERLAP = timedelta(seconds=120)
"""How far a look goes back behind the one before it: a fragment is listed once it is complete, under the time
at which it began to arrive, and may wait for its successor."""

SLICE = timedelta(minutes=5)
"""The server time that one look spans at most, and with it what is done again after a kill."""

FAR_BEHIND = timedelta(hours=1)
"""From here on the stream is asked how long it keeps its video, so that nobody looks for what is gone."""

MAX_TAKEN = 2000
"""Instants remembered in a registry item; those beyond are fetched once more, which changes nothing."""


class NotToBePulled(OccupancyError):
    """A camera whose video this pull does not read."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(
            f"camera {camera.camera_id!r} has source {camera.source.value} and mode {camera.mode.value}:"
            " this version pulls kvs cameras in the modes auto and fragments"
        )


@dataclass(frozen=True)
class Turn:
    """One invocation's turn at a camera: whose, when, how long the lease, and whether time is left."""

    owner: str
    now: datetime
    lease: timedelta
    time_left: Callable[[], bool]


def pull(registry: CameraRegistry, ports: Ports, camera_id: str, turn: Turn) -> Tally:
    """One camera's pull, from lease to release, each look recorded once its frames are put.

    Raises UnknownCamera, InvalidCamera, LeaseHeld, LeaseLost, NotToBePulled, StreamUnavailable, NotSent and
    botocore's errors.
    """
    try:
        registered = registry.lease(camera_id, turn.owner, turn.now, turn.lease)
    except InvalidCamera:  # read after it was leased
        registry.release(camera_id, turn.owner)
        raise
    try:
        taker = Taker(registered.camera, stream_of(registered.camera), ports)
        for look in _looks(taker, registered.look, turn):
            registry.record_look(camera_id, turn.owner, look)
    finally:
        registry.release(camera_id, turn.owner)
    return taker.tally


def stream_of(camera: Camera) -> str:
    """The stream whose fragments are read. Raises NotToBePulled."""
    if camera.stream_name is None or camera.mode not in {Mode.AUTO, Mode.FRAGMENTS}:
        raise NotToBePulled(camera)
    return camera.stream_name


def _looks(taker: Taker, look: Look, turn: Turn) -> Iterator[Look]:
    """Each look is done when it is given. Ends early where no time is left."""
    until, taken = _start(taker, look.until, turn.now), look.taken
    while until < turn.now and turn.time_left():
        until, taken, pending = _slice(taker, until, taken, turn)
        yield Look(until, taken, pending)


def _start(taker: Taker, until: datetime | None, now: datetime) -> datetime:
    if until is not None and now - until <= FAR_BEHIND:
        return until
    kept = taker.ports.kvs.streams.kept(taker.stream_name)
    return max(until or taker.camera.since, now - kept)


def _slice(
    taker: Taker, start: datetime, taken: tuple[datetime, ...], turn: Turn
) -> tuple[datetime, tuple[datetime, ...], bool]:
    """Look at what arrived from `start` on: (how far that went, taken, pending) for the next look."""
    until = min(start + SLICE, turn.now)
    listed = taker.ports.kvs.archive.list(taker.stream_name, "SERVER_TIMESTAMP", start - OVERLAP, until)
    selection = select(taker.camera, listed, frozenset(taken), until)
    result = taker.take(selection.wanted, until, turn.time_left)
    if result.rest:
        # Time ran out. What arrived before the first fragment that is left over is done.
        until = max(start, min(choice.fragment.server_time for choice in result.rest))
    listed_again = [fragment for fragment in listed if fragment.server_time >= until - OVERLAP]
    known = instants_near(taker.camera, listed_again) & {*taken, *result.instants}
    pending = selection.pending or result.waiting or bool(result.rest)
    return until, tuple(sorted(known)[-MAX_TAKEN:]), pending
