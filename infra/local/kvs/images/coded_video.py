"""Reads all coded frames of a stored fragment; the reader of `ingest` keeps only keyframes. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.local.kvs.service.fragments import Media
from infra.local.kvs.service.matroska import NANOSECONDS_PER_MS, block_head, timecode_scale
from ingest.kvs import ebml

VIDEO = 1


@dataclass(frozen=True)
class CodedFrame:
    """A frame from a block. Its time is relative to the cluster, in whole milliseconds."""

    relative_ms: int
    keyframe: bool
    packet: bytes


@dataclass(frozen=True)
class CodedVideo:
    """A track of a fragment; `frames` are in the order of the stream, which is decoding order."""

    codec_id: str
    codec_private: bytes
    frames: tuple[CodedFrame, ...]


def read_video(media: Media) -> CodedVideo:
    """The first video track of the fragment; without one the first track, so that its times are known."""
    header = {element.id: element.payload for element in ebml.Parser().feed(media.header)}
    track = _first_video_track(header[ebml.TRACKS])
    number = int.from_bytes(track[ebml.TRACK_NUMBER], "big")
    return CodedVideo(
        track.get(ebml.CODEC_ID, b"").rstrip(b"\0").decode("ascii", "replace"),
        track.get(ebml.CODEC_PRIVATE, b""),
        tuple(_frames(media.cluster, number, timecode_scale(header.get(ebml.INFO, b"")))),
    )


def relative_times(media: Media) -> list[int]:
    """The presentation times of the frames, in milliseconds relative to the cluster."""
    return [frame.relative_ms for frame in read_video(media).frames]


def _first_video_track(tracks: bytes) -> Mapping[int, bytes]:
    entries = [
        dict(ebml.children(entry)) for kind, entry in ebml.children(tracks) if kind == ebml.TRACK_ENTRY
    ]
    videos = (entry for entry in entries if entry.get(ebml.TRACK_TYPE, b"")[-1:] == bytes([VIDEO]))
    return next(videos, entries[0])


def _frames(cluster: bytes, number: int, scale: int) -> Iterator[CodedFrame]:
    for block, keyframe in _blocks(cluster):
        head = block_head(block)
        if head.track == number:
            relative_ms = head.relative * scale // NANOSECONDS_PER_MS
            yield CodedFrame(
                relative_ms, head.keyframe if keyframe is None else keyframe, block[head.length :]
            )


def _blocks(cluster: bytes) -> Iterator[tuple[bytes, bool | None]]:
    """Each block, and whether it is a keyframe if its BlockGroup tells (None: its own flag does)."""
    for element in ebml.Parser().feed(cluster):
        if element.id == ebml.SIMPLE_BLOCK:
            yield element.payload, None
        elif element.id == ebml.BLOCK_GROUP:
            group = dict(ebml.children(element.payload))
            if ebml.BLOCK in group:
                yield group[ebml.BLOCK], ebml.REFERENCE_BLOCK not in group
