"""A PutMedia connection as a state machine: bytes of its body in, events to acknowledge out. Pure.

A fragment is complete at the next Cluster, at the tag AWS_KINESISVIDEO_END_OF_FRAGMENT, and at the clean end
of the body (its terminating chunk). A body that just stops (a broken connection, a time-out, the end of the
45 minutes) leaves its last fragment incomplete. Its producer got no RECEIVED for it and sends it again as a
whole, with the same timecode; so the partial copy is dropped here. Amazon's producer also ends a body cleanly
within a fragment, but only after an ERROR, and nothing is accepted after that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.local.kvs.put_media.errors import MediaRejected
from infra.local.kvs.put_media.fragment_tags import ends_fragment
from infra.local.kvs.put_media.open_fragment import OpenFragment
from infra.local.kvs.put_media.stream_header import StreamHeader
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.fragments import Fragment, Media
from infra.local.kvs.service.limits import Limits
from ingest.kvs import ebml
from ingest.kvs.ebml import Element, InvalidMatroska

TRAILING = frozenset({ebml.TAGS, ebml.CUES, ebml.VOID, ebml.CRC_32})
"""The elements allowed between two Clusters."""
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999: a later producer timestamp is invalid."""


@dataclass(frozen=True)
class FragmentStarted:
    """A fragment has started to arrive: BUFFERING."""

    timecode_ms: int
    number: str


@dataclass(frozen=True)
class FragmentCompleted:
    """A fragment is complete: RECEIVED, and PERSISTED once it is stored."""

    timecode_ms: int
    fragment: Fragment
    media: Media


@dataclass(frozen=True)
class SessionFailed:
    """ERROR: the connection accepts nothing more. Without a fragment, timecode and number are None."""

    error: IngestError
    timecode_ms: int | None = None
    number: str | None = None


IngestEvent = FragmentStarted | FragmentCompleted | SessionFailed


class IngestSession:
    """`origin_ms` is the origin of the timecodes: 0 if they are ABSOLUTE, the start if they are RELATIVE."""

    def __init__(self, origin_ms: int, limits: Limits, next_number: Callable[[], str]) -> None:
        self._origin_ms = origin_ms
        self._limits = limits
        self._next_number = next_number
        self._parser = ebml.Parser()
        self._header = StreamHeader(limits)
        self._open: OpenFragment | None = None
        self._started: FragmentStarted | None = None
        self._server_ms = 0
        self._last_ms: int | None = None
        """The latest block time of the previous fragments."""
        self._clusters = 0
        self.failed = False
        """Whether the session has ended with an error."""

    def feed(self, data: bytes, now_ms: int) -> Iterator[IngestEvent]:
        """The events of `data` that arrives at `now_ms`; none after SessionFailed."""
        try:
            for element in self._parser.feed(data):
                if self.failed:
                    return
                yield from self._take(element, now_ms)
        except (MediaRejected, InvalidMatroska) as error:
            yield self.fail(error.error if isinstance(error, MediaRejected) else IngestError.INVALID_MKV_DATA)

    def end(self) -> Iterator[IngestEvent]:
        """The events of the clean end of the body."""
        if self.failed or (self._open is None and not self._parser.waiting):
            return
        try:
            if self._parser.waiting:
                raise MediaRejected(IngestError.INVALID_MKV_DATA)
            yield from self._close()
        except MediaRejected as error:
            yield self.fail(error.error)

    def fail(self, error: IngestError) -> SessionFailed:
        """End the session with an error, of the body or of its connection."""
        started = self._started
        self.failed, self._open, self._started = True, None, None
        return (
            SessionFailed(error)
            if started is None
            else SessionFailed(error, started.timecode_ms, started.number)
        )

    def _take(self, element: Element, now_ms: int) -> Iterator[IngestEvent]:
        if element.id == ebml.CLUSTER:
            yield from self._close()
            self._begin(element, now_ms)
        elif self._clusters == 0:
            self._header.add(element)
        elif self._open is not None and self._open.belongs(element):
            yield from self._take_child(self._open, element)
        elif element.id in TRAILING:
            yield from self._take_trailing(element)
        else:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)

    def _begin(self, cluster: Element, now_ms: int) -> None:
        self._header.check_complete()
        self._clusters += 1
        self._open = OpenFragment(cluster, self._header, self._limits)
        self._server_ms = now_ms

    def _take_child(self, fragment: OpenFragment, element: Element) -> Iterator[IngestEvent]:
        fragment.add_child(element)
        if element.id == ebml.TIMECODE:
            if self._origin_ms + fragment.timecode_ms > LATEST_MS:
                raise MediaRejected(IngestError.INVALID_PRODUCER_TIMESTAMP)
            self._started = FragmentStarted(fragment.timecode_ms, self._next_number())
            yield self._started
        elif fragment.span and self._last_ms is not None and fragment.span.first_ms <= self._last_ms:
            raise MediaRejected(IngestError.FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS)

    def _take_trailing(self, element: Element) -> Iterator[IngestEvent]:
        # After an end-of-fragment tag the fragment is already stored: drop what follows.
        if self._open is not None:
            self._open.add_trailing(element)
            if element.id == ebml.TAGS and ends_fragment(element.payload):
                yield from self._close()

    def _close(self) -> Iterator[IngestEvent]:
        fragment, started = self._open, self._started
        if fragment is None:
            return
        span = fragment.check_complete()
        if started is None:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)  # a Cluster without a Timecode
        header = self._header.bytes_of_fragment(first=self._clusters == 1)
        self._open, self._started, self._last_ms = None, None, span.last_ms
        producer_ms = self._origin_ms + started.timecode_ms
        yield FragmentCompleted(
            started.timecode_ms,
            Fragment(started.number, producer_ms, self._server_ms, fragment.length_ms),
            Media(header, fragment.cluster, fragment.trailing),
        )
