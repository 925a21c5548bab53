"""Mode `media`: reads the stream live, from where the last pull stopped until it has caught up.

The stream has no retention, and KVS buffers its last five minutes or 200 MB: so a pull reads it at least
every four minutes, or more often if it is fast (`ingest.registry.live_reading`).
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
from ingest.pull.invocation import Invocation, LeasedCursor
from ingest.pull.live_selection import Decision, LiveSelector
from ingest.registry.live_reading import WAY_OUT, too_fast, with_measured

RECORD_EVERY = 30
"""Fragments between two records of the cursor: at most these are read again after a kill."""

ATTEMPTS = 3
"""Consecutive connections that may break without giving a fragment."""


def pull_media(pull: CameraPull, cursor: LeasedCursor, invocation: Invocation, retention: timedelta) -> None:
    """Read until the stream has no more, or time runs out; record the cursor regularly and at the end.

    Raises LeaseLost, StreamUnavailable, NotSent and botocore's errors.
    """
    if not invocation.time_left():
        return
    selector = LiveSelector(pull.camera, cursor.value.decided, cursor.value.after)
    reader = _StreamReader(pull, selector, invocation, since=_since(pull, cursor, invocation, retention))
    until = cursor.value.until
    meter = _RateMeter()
    for count, fragment in enumerate(reader.fragments(), start=1):
        meter.see(fragment)
        for decision in selector.see(fragment):
            _put(pull, decision)
        until = fragment.server_time
        if count % RECORD_EVERY == 0:
            _record(pull, cursor, selector, until)
    for decision in selector.settle(invocation.now):
        _put(pull, decision)
    if reader.caught_up:
        until = invocation.now
    pending = not reader.caught_up or selector.pending(invocation.now)
    _keep_rate(pull, cursor, meter, retention)
    _record(pull, cursor, selector, until, pending=pending, last=True)


def _since(
    pull: CameraPull, cursor: LeasedCursor, invocation: Invocation, retention: timedelta
) -> datetime | None:
    """The server time to begin at; None, which is the oldest video, for a stream without retention."""
    return max(cursor.value.until or pull.camera.since, invocation.now - retention) if retention else None


@dataclass
class _RateMeter:
    """The bytes of whole fragments, and the server time within which they arrived."""

    size: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def see(self, fragment: Fragment) -> None:
        """Count a fragment."""
        if fragment.server_time is not None:
            self.size += fragment.size
            self.first = self.first or fragment.server_time
            self.last = fragment.server_time + fragment.length

    @property
    def span(self) -> timedelta:
        """The time from the first fragment's arrival to the last one's end."""
        return self.last - self.first if self.first and self.last else timedelta()


def _keep_rate(pull: CameraPull, cursor: LeasedCursor, meter: _RateMeter, retention: timedelta) -> None:
    """Keep the measured rate until the next record; note a stream that is too fast to follow."""
    rate = None if retention else with_measured(cursor.value.rate, meter.size, meter.span)
    cursor.value = replace(cursor.value, rate=rate)
    if sentence := too_fast(rate):
        pull.note_trouble("rate", f"{sentence}: {WAY_OUT}")


def _record(
    pull: CameraPull,
    cursor: LeasedCursor,
    selector: LiveSelector,
    until: datetime | None,
    *,
    pending: bool = True,
    last: bool = False,
) -> None:
    pull.send_gaps()
    value = replace(
        cursor.value, until=until, decided=selector.decided, pending=pending, after=selector.after
    )
    cursor.record(value, last=last)


def _put(pull: CameraPull, decision: Decision) -> None:
    if decision.keyframe is not None:
        pull.put_keyframe(decision.instant, decision.keyframe)
    elif decision.fragment.keyframes:
        pull.note_gap(decision.instant, GapReason.GOP_TOO_LONG)
    else:
        pull.note_missing_keyframe(decision.fragment)
        pull.note_gap(decision.instant, GapReason.MEDIA_ERROR)


class _ConnectionEnded(StreamUnavailable):
    """A connection that ended with an error before the stream was read to its end."""


@dataclass
class _StreamReader:
    """Opens one connection after the other; each continues where the last one ended."""

    pull: CameraPull
    selector: LiveSelector
    invocation: Invocation
    since: datetime | None
    caught_up: bool = False
    _failures: int = 0
    """Consecutive connections that only gave an error."""

    def fragments(self) -> Iterator[Fragment]:
        """Whole fragments, until the stream is read to its end or time runs out.

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
                if not isinstance(error, _ConnectionEnded) and error.code != INVALID_ARGUMENT:
                    raise
                self._failed(begun, error)
            else:
                # KVS may end a connection without an error; one that brought nothing was at the stream's end.
                self.caught_up = self.caught_up or self.selector.last == begun

    def _connection(self) -> Iterator[Fragment]:
        """The fragments of one connection. Raises what Media.read raises, and _ConnectionEnded."""
        media = self.pull.dependencies.kvs.media
        with closing(media.read(self.pull.stream_name, self.selector.last, self.since)) as parts:
            for part in parts:
                if isinstance(part, FragmentError):
                    raise self._ended(part.code, f"KVS ended its media with {part.code} ({part.message})")
                if part.cut:
                    continue  # the error that cut it comes next
                self.pull.tally.fragments += 1
                self.pull.tally.bytes += part.size
                self.pull.check_clock(part.producer_time, part.server_time or part.producer_time)
                yield part
                # What began to arrive after this pull began belongs to the next pull.
                self.caught_up = part.server_time is None or part.server_time > self.invocation.now
                if self.caught_up or not self.invocation.time_left():
                    return

    def _ended(self, code: str, why: str) -> _ConnectionEnded:
        return _ConnectionEnded(self.pull.stream_name, code, why)

    def _failed(self, begun: str | None, error: StreamUnavailable) -> None:
        """Continue after an error, or raise it if connections only give errors."""
        progress = self.selector.last != begun
        self._failures = 1 if progress else self._failures + 1
        if self._failures >= ATTEMPTS:
            raise error
        if begun is not None and not progress:
            # The fragment to resume after may be gone, or belong to an earlier stream of this name.
            self.pull.note_trouble(
                "resumed", f"{error}; it is read again from the oldest video that KVS holds"
            )
            self.selector.last = None
