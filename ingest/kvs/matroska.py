"""KVS -> pull: reads what GetMedia and GetMediaForFragmentList stream: a small document for each fragment.

A document is an EBML header, the producer's Tracks, the service's tags, one Cluster and trailing elements
(kvs-protocol, section 3). Each is read on its own, so codec and resolution may change between any two.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from ingest.kvs import ebml
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.video import INVALID_DOCUMENT, Fragment, FragmentError, Keyframe, Track
from ingest.times import MILLISECOND, from_millis

DEFAULT_TIMECODE_SCALE = 1_000_000
NANOSECONDS_PER_MILLISECOND = 1_000_000

# The official parser reads the first spelling; the documentation of the archived API has the second.
_PRODUCER_TIMESTAMP = ("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", "AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP")
_SERVER_TIMESTAMP = ("AWS_KINESISVIDEO_SERVER_TIMESTAMP", "AWS_KINESISVIDEO_SERVER_SIDE_TIMESTAMP")
_FRAGMENT_NUMBER = "AWS_KINESISVIDEO_FRAGMENT_NUMBER"
_ERROR_CODE = "AWS_KINESISVIDEO_ERROR_CODE"
_ERROR_ID = "AWS_KINESISVIDEO_ERROR_ID"
_LAST_TAG = "AWS_KINESISVIDEO_CONTINUATION_TOKEN"
"""In the last element of each document of GetMedia, and in no document of GetMediaForFragmentList."""
_SECONDS = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?")


class CutShort(InvalidMatroska):
    """The payload was cut. The source of the payload raises it."""


def read_fragments(payload: Iterable[bytes]) -> Iterator[Fragment | FragmentError]:
    """The fragments of a payload that comes in pieces of any length; holds one fragment's keyframes.

    A fragment is given once it is complete; GetMedia's with its last tag, because the next document may come
    much later. If the payload ends too early, the arrived part of the last fragment is given, with `cut`. The
    same happens if the payload stops being Matroska, or its source raises CutShort; then InvalidMatroska is
    raised.
    """
    parser = ebml.Parser()
    document: _Document | None = None
    try:
        for data in payload:
            for element in parser.feed(data):
                if element.id == ebml.EBML:
                    yield from _finished(document)
                    document = _Document(len(element.raw))
                elif document is None:
                    raise InvalidMatroska(f"element 0x{element.id:X} comes before any EBML header")
                else:
                    document.take(element, parser.position)
                    if document.complete:
                        yield from _finished(document)
    except InvalidMatroska:
        yield from _finished(document, broken=True)
        raise
    yield from _finished(document, broken=parser.waiting > 0, end=parser.position)


def _finished(
    document: "_Document | None", *, broken: bool = False, end: int | None = None
) -> Iterator[Fragment | FragmentError]:
    if document is not None and not document.given:
        document.given = True
        yield document.result(broken=broken or (end is not None and document.lacks_bytes(end)))


class _Document:
    """One document that is being read."""

    def __init__(self, size: int) -> None:
        self._tags: dict[str, str] = {}
        self._scale = DEFAULT_TIMECODE_SCALE
        self._track: Track | None = None
        self._keyframes: list[tuple[int, bytes]] = []
        self._last_units = 0
        self._size = size
        self._has_cluster = False
        self._ends_at: int | None = None
        self.given = False
        """Whether its result was returned."""

    @property
    def complete(self) -> bool:
        """Whether the document is complete."""
        return self._has_cluster and _LAST_TAG in self._tags

    def take(self, element: ebml.Element, position: int) -> None:
        """Read one element. `position` is where it ends, or where the payload of an opened element begins."""
        self._size += len(element.raw)
        if element.id == ebml.INFO:
            self._scale = _uint(element.payload, ebml.TIMECODE_SCALE, DEFAULT_TIMECODE_SCALE)
        elif element.id == ebml.TRACKS:
            self._track = _first_video_track(element.payload)
        elif element.id == ebml.TAGS:
            self._tags.update(_simple_tags(element.payload))
        elif element.id == ebml.CLUSTER:
            self._has_cluster = True
            self._ends_at = None if element.size is None else position + element.size
        elif element.id == ebml.SIMPLE_BLOCK:
            self._take_block(element.payload, keyframe=None)
        elif element.id == ebml.BLOCK_GROUP:
            self._take_group(element.payload)

    def lacks_bytes(self, end: int) -> bool:
        """Whether a payload of `end` bytes ends inside this document, judging by its sizes."""
        error = _ERROR_CODE in self._tags
        return not error and (not self._has_cluster or (self._ends_at is not None and end < self._ends_at))

    def result(self, *, broken: bool) -> Fragment | FragmentError:
        """The fragment, or the error in its place."""
        number = self._tags.get(_FRAGMENT_NUMBER)
        if _ERROR_CODE in self._tags:
            error_id = self._tags.get(_ERROR_ID, "")
            return FragmentError(number, self._tags[_ERROR_CODE], f"error id {error_id}" if error_id else "")
        try:
            producer_time = self._time(_PRODUCER_TIMESTAMP)
            server_time = self._time(_SERVER_TIMESTAMP)
        except InvalidMatroska as error:
            return FragmentError(number, INVALID_DOCUMENT, str(error))
        if number is None or producer_time is None:
            return FragmentError(number, INVALID_DOCUMENT, "the document has no fragment number or time")
        keyframes = self._timed(producer_time)
        length = self._relative(self._last_units)
        return Fragment(number, producer_time, server_time, keyframes, broken, length, self._size)

    def _timed(self, start: datetime) -> tuple[Keyframe, ...]:
        if self._track is None:
            return ()
        # KVS's producer time is the Cluster's timecode, so blocks count from it, not from the first block.
        return tuple(
            Keyframe(start + self._relative(units), self._track, packet) for units, packet in self._keyframes
        )

    def _relative(self, units: int) -> timedelta:
        return units * self._scale // NANOSECONDS_PER_MILLISECOND * MILLISECOND

    def _time(self, names: tuple[str, str]) -> datetime | None:
        text = next((self._tags[name] for name in names if name in self._tags), None)
        if text is None:
            return None
        if not _SECONDS.fullmatch(text):
            raise InvalidMatroska(f"tag {names[0]} is {text!r}, expected decimal seconds")
        return from_millis(int((Decimal(text) * 1000).to_integral_value()))

    def _take_group(self, payload: bytes) -> None:
        parts = dict(ebml.children(payload))
        if ebml.BLOCK in parts:
            self._take_block(parts[ebml.BLOCK], keyframe=ebml.REFERENCE_BLOCK not in parts)

    def _take_block(self, payload: bytes, *, keyframe: bool | None) -> None:
        number, start = _track_number(payload)
        if len(payload) < start + 3:
            raise InvalidMatroska(f"a block of {len(payload)} bytes has no room for its own header")
        if keyframe is None:
            keyframe = bool(payload[start + 2] & ebml.KEYFRAME_FLAG)
        units = int.from_bytes(payload[start : start + 2], "big", signed=True)
        self._last_units = max(self._last_units, units)
        if keyframe and self._track is not None and number == self._track.number:
            self._keyframes.append((units, payload[start + 3 :]))


def _track_number(block: bytes) -> tuple[int, int]:
    """(track number, its length in bytes): an EBML size number, in which all ones do not mean unknown."""
    length = 9 - block[0].bit_length() if block else 9
    if length > 8 or len(block) < length:
        raise InvalidMatroska(f"a block of {len(block)} bytes has no track number")
    return int.from_bytes(block[:length], "big") & ~(1 << 7 * length), length


def _first_video_track(payload: bytes) -> Track | None:
    for element_id, entry in ebml.children(payload):
        if element_id == ebml.TRACK_ENTRY and _uint(entry, ebml.TRACK_TYPE, 0) == ebml.VIDEO_TRACK:
            parts = dict(ebml.children(entry))
            return Track(
                number=_uint(entry, ebml.TRACK_NUMBER, 1),
                codec_id=parts.get(ebml.CODEC_ID, b"").rstrip(b"\0").decode("ascii", "replace"),
                codec_private=parts.get(ebml.CODEC_PRIVATE, b""),
            )
    return None


def _simple_tags(payload: bytes) -> Iterator[tuple[str, str]]:
    for tag_id, tag in ebml.children(payload):
        for simple_id, simple in ebml.children(tag) if tag_id == ebml.TAG else ():
            if simple_id == ebml.SIMPLE_TAG:
                parts = dict(ebml.children(simple))
                name, value = parts.get(ebml.TAG_NAME, b""), parts.get(ebml.TAG_STRING, b"")
                yield name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _uint(payload: bytes, element_id: int, default: int) -> int:
    value = next((value for child, value in ebml.children(payload) if child == element_id), None)
    return int.from_bytes(value, "big") if value else default
