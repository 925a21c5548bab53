"""The coded frames of a stored fragment: all of them, where ingest's reader keeps keyframes only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.local.kvs.service.fragments import Media
from infra.local.kvs.service.matroska import NANOSECONDS_PER_MS, block_head, timecode_scale
from ingest.kvs import ebml

VIDEO = 1


@dataclass(frozen=True)
class CodedFrame:
    """One block. Its time is relative to its cluster, in whole milliseconds."""

    relative_ms: int
    keyframe: bool
    packet: bytes


@dataclass(frozen=True)
class CodedVideo:
    """One track of a fragment; `frames` in the order of the stream, which is the decoder's."""

    codec_id: str
    codec_private: bytes
    frames: tuple[CodedFrame, ...]


def read_video(media: Media) -> CodedVideo:
    """The fragment's first video track; where it has none, the first track, so that its times are known."""
    header = {element.id: element.payload for element in ebml.Parser().feed(media.header)}
    track = _first_video_track(header[ebml.TRACKS])
    number = int.from_bytes(track[ebml.TRACK_NUMBER], "big")
    return CodedVideo(
        track.get(ebml.CODEC_ID, b"").rstrip(b"\0").decode("ascii", "replace"),
        track.get(ebml.CODEC_PRIVATE, b""),
        tuple(_frames(media.cluster, number, timecode_scale(header.get(ebml.INFO, b"")))),
    )


def relative_times(media: Media) -> list[int]:
    """When its frames are shown, in milliseconds relative to the cluster."""
    return [frame.relative_ms for frame in read_video(media).frames]


def _first_video_track(tracks: bytes) -> Mapping[int, bytes]:
    entries = [
        dict(ebml.children(entry)) for kind, entry in ebml.children(tracks) if kind == ebml.TRACK_ENTRY
    ]
    return next((one for one in entries if one.get(ebml.TRACK_TYPE, b"")[-1:] == bytes([VIDEO])), entries[0])


def _frames(cluster: bytes, number: int, scale: int) -> Iterator[CodedFrame]:
    for block, keyframe in _blocks(cluster):
        head = block_head(block)
        if head.track == number:
            relative_ms = head.relative * scale // NANOSECONDS_PER_MS
            yield CodedFrame(
                relative_ms, head.keyframe if keyframe is None else keyframe, block[head.length :]
            )


def _blocks(cluster: bytes) -> Iterator[tuple[bytes, bool | None]]:
    """Each block, and whether it is a keyframe where its surroundings tell."""
    for element in ebml.Parser().feed(cluster):
        if element.id == ebml.SIMPLE_BLOCK:
            yield element.payload, None
        elif element.id == ebml.BLOCK_GROUP:
            group = dict(ebml.children(element.payload))
            if ebml.BLOCK in group:
                yield group[ebml.BLOCK], ebml.REFERENCE_BLOCK not in group
