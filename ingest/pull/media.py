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
from ingest.kvs.media import Silent
from ingest.kvs.video import Fragment, FragmentError
from ingest.pull.extraction import CameraPull
from ingest.pull.invocation import Invocation
from ingest.pull.live_selection import Decision, LiveSelector
from ingest.registry.registered import PullCursor

RECORD_EVERY = 30
"""Fragments after which a look is recorded: what is read again after a kill."""

ATTEMPTS = 3
"""Connections in a row that break without bringing a fragment."""


def pull_media(
    pull: CameraPull, cursor: PullCursor, invocation: Invocation, kept: timedelta
) -> Iterator[PullCursor]:
    """Each look is done when it is given; the last when the stream is read to its end, or no time is left.

    `kept` is how long the stream keeps its video. Raises StreamUnavailable, NotSent and botocore's errors.
    """
    if not invocation.time_left():
        return
    selector = LiveSelector(pull.camera, cursor.taken, cursor.after)
    reading = _Reading(pull, selector, invocation, since=_since(pull, cursor, invocation, kept))
    for count, fragment in enumerate(reading.fragments(), start=1):
        for decided in selector.see(fragment):
            _put(pull, decided)
        cursor = replace(cursor, until=fragment.server_time)
        if count % RECORD_EVERY == 0:
            yield _done(pull, selector, cursor)
    for decided in selector.settle(invocation.now):
        _put(pull, decided)
    if reading.caught_up:
        cursor = replace(cursor, until=invocation.now)
    yield _done(pull, selector, cursor, pending=not reading.caught_up or selector.pending(invocation.now))


def _since(pull: CameraPull, cursor: PullCursor, invocation: Invocation, kept: timedelta) -> datetime | None:
    """Where a stream that keeps its video is begun; None is the oldest of one that keeps none."""
    return max(cursor.until or pull.camera.since, invocation.now - kept) if kept else None


def _done(
    pull: CameraPull, selector: LiveSelector, cursor: PullCursor, *, pending: bool = True
) -> PullCursor:
    pull.send_gaps()
    return replace(cursor, taken=selector.taken, pending=pending, after=selector.after)


def _put(pull: CameraPull, decided: Decision) -> None:
    if decided.keyframe is not None:
        pull.put_keyframe(decided.instant, decided.keyframe)
    elif decided.fragment.keyframes:
        pull.note_gap(decided.instant, GapReason.GOP_TOO_LONG)
    else:
        pull.note_missing_keyframe(decided.fragment)
        pull.note_gap(decided.instant, GapReason.MEDIA_ERROR)


class _Ended(StreamUnavailable):
    """A connection that ended before the stream was read to its end, and not silently."""


@dataclass
class _Reading:
    """One connection after the other, each from where the last one ended."""

    pull: CameraPull
    selector: LiveSelector
    invocation: Invocation
    since: datetime | None
    caught_up: bool = False
    _failures: int = 0
    """Connections in a row that brought nothing but an error."""

    def fragments(self) -> Iterator[Fragment]:
        """Whole fragments, until the stream is read to its end or no time is left.

        Raises StreamUnavailable.
        """
        while not self.caught_up and self.invocation.time_left():
            begun = self.selector.last
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
                self.caught_up = self.caught_up or self.selector.last == begun

    def _connection(self) -> Iterator[Fragment]:
        """What one connection brings, until it is enough. Raises what Media.read does, and _Ended."""
        media = self.pull.dependencies.kvs.media
        with closing(media.read(self.pull.stream_name, self.selector.last, self.since)) as parts:
            for part in parts:
                if isinstance(part, FragmentError):
                    raise self._ended(part.code, f"KVS ended its media with {part.code} ({part.message})")
                if part.cut:
                    continue  # what broke it comes next
                self.pull.tally.fragments += 1
                self.pull.check_clock(part.producer_time, part.server_time or part.producer_time)
                yield part
                # What began to arrive after the look did belongs to the next one.
                self.caught_up = part.server_time is None or part.server_time > self.invocation.now
                if self.caught_up or not self.invocation.time_left():
                    return

    def _ended(self, code: str, why: str) -> _Ended:
        return _Ended(self.pull.stream_name, code, why)

    def _failed(self, begun: str | None, error: StreamUnavailable) -> None:
        """Go on after an error. Raises it where nothing comes but errors."""
        progress = self.selector.last != begun
        self._failures = 1 if progress else self._failures + 1
        if self._failures >= ATTEMPTS:
            raise error
        if begun is not None and not progress:
            # The fragment behind which to go on may be gone, or of the stream that had this name before.
            self.pull.note_trouble(
                "resumed", f"{error}; it is read again from the oldest video that KVS holds"
            )
            self.selector.last = None
