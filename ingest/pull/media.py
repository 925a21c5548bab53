"""Mode `media`: a look follows the stream from where the last one left it until it has caught up.

The stream keeps nothing, KVS holds the last five minutes of it: so a look at least every four.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.frames.messages import GapReason
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.endpoints import INVALID_ARGUMENT, StreamUnavailable
from ingest.kvs.matroska import Fragment, FragmentError
from ingest.kvs.media import Silent
from ingest.pull.extraction import Output
from ingest.pull.invocation import Turn
from ingest.pull.live_selection import Decided, Follower
from ingest.registry.items import Look

RECORD_EVERY = 30
"""Fragments after which a look is recorded: what is read again after a kill."""

ATTEMPTS = 3
"""Connections in a row that break without bringing a fragment."""


def media_looks(output: Output, look: Look, turn: Turn, kept: timedelta) -> Iterator[Look]:
    """Each look is done when it is given; the last when the stream is read to its end, or no time is left.

    `kept` is how long the stream keeps its video. Raises StreamUnavailable, NotSent and botocore's errors.
    """
    if not turn.time_left():
        return
    follower = Follower(output.camera, look.taken, look.after)
    reading = _Reading(output, follower, turn, since=_since(output, look, turn, kept))
    for count, fragment in enumerate(reading.fragments(), start=1):
        for decided in follower.see(fragment):
            _put(output, decided)
        look = replace(look, until=fragment.server_time)
        if count % RECORD_EVERY == 0:
            yield _done(output, follower, look)
    for decided in follower.settle(turn.now):
        _put(output, decided)
    if reading.caught_up:
        look = replace(look, until=turn.now)
    yield _done(output, follower, look, pending=not reading.caught_up or follower.pending(turn.now))


def _since(output: Output, look: Look, turn: Turn, kept: timedelta) -> datetime | None:
    """Where a stream that keeps its video is begun; None is the oldest of one that keeps none."""
    return max(look.until or output.camera.since, turn.now - kept) if kept else None


def _done(output: Output, follower: Follower, look: Look, *, pending: bool = True) -> Look:
    output.tell_gaps()
    return replace(look, taken=follower.taken, pending=pending, after=follower.after)


def _put(output: Output, decided: Decided) -> None:
    if decided.keyframe is not None:
        output.put_keyframe(decided.instant, decided.keyframe)
    elif decided.fragment.keyframes:
        output.gap(decided.instant, GapReason.GOP_TOO_LONG)
    else:
        output.no_keyframe(decided.fragment)
        output.gap(decided.instant, GapReason.MEDIA_ERROR)


class _Ended(StreamUnavailable):
    """A connection that ended before the stream was read to its end, and not silently."""


@dataclass
class _Reading:
    """One connection after the other, each from where the last one ended."""

    output: Output
    follower: Follower
    turn: Turn
    since: datetime | None
    caught_up: bool = False
    _failures: int = 0
    """Connections in a row that brought nothing but an error."""

    def fragments(self) -> Iterator[Fragment]:
        """Whole fragments, until the stream is read to its end or no time is left.

        Raises StreamUnavailable.
        """
        while not self.caught_up and self.turn.time_left():
            begun = self.follower.last
            try:
                yield from self._connection()
            except Silent:
                self.caught_up = True
            except InvalidMatroska as error:
                self._failed(begun, self._ended("BROKEN", f"its media broke off: {error}"))
            except StreamUnavailable as error:
                if not isinstance(error, _Ended) and error.code != INVALID_ARGUMENT:
                    raise
                self._failed(begun, error)
            else:
                # KVS ends a connection without a word; one that brought nothing was at the stream's end.
                self.caught_up = self.caught_up or self.follower.last == begun

    def _connection(self) -> Iterator[Fragment]:
        """What one connection brings, until it is enough. Raises what Media.read does, and _Ended."""
        media = self.output.ports.kvs.media
        with closing(media.read(self.output.stream_name, self.follower.last, self.since)) as parts:
            for part in parts:
                if isinstance(part, FragmentError):
                    raise self._ended(part.code, f"KVS ended its media with {part.code} ({part.message})")
                if part.cut:
                    continue  # what broke it comes next
                self.output.tally.fragments += 1
                self.output.check_clock(part.producer_time, part.server_time or part.producer_time)
                yield part
                # What began to arrive after the look did belongs to the next one.
                self.caught_up = part.server_time is None or part.server_time > self.turn.now
                if self.caught_up or not self.turn.time_left():
                    return

    def _ended(self, code: str, why: str) -> _Ended:
        return _Ended(self.output.stream_name, code, why)

    def _failed(self, begun: str | None, error: StreamUnavailable) -> None:
        """Go on after an error. Raises it where nothing comes but errors."""
        progress = self.follower.last != begun
        self._failures = 1 if progress else self._failures + 1
        if self._failures >= ATTEMPTS:
            raise error
        if begun is not None and not progress:
            # The fragment behind which to go on may be gone, or of the stream that had this name before.
            self.output.trouble("resumed", f"{error}; it is read again from the oldest video that KVS holds")
            self.follower.last = None
