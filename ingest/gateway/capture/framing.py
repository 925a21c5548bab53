"""Camera -> KVS: converts a camera's frames to those of Matroska, and its parameter sets to a track.

Cameras send NAL units behind start codes (Annex B of H.264 and H.265); KVS wants them behind their lengths,
and the parameter sets in the track's avcC or hvcC (kvs-protocol, section 2.3). Nothing is transcoded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import av
from av.codec.context import CodecContext
from av.video.frame import VideoFrame

from ingest.errors import OccupancyError
from ingest.kvs import ebml
from ingest.kvs.video import Track

CodecName = Literal["h264", "hevc"]

START_CODE = b"\0\0\0\1"


@dataclass(frozen=True)
class Codec:
    """Its name, its name in Matroska, and its types of NAL unit: parameter sets (in order), delimiter."""

    name: str
    codec_id: str
    sets: tuple[int, ...]
    delimiter: int

    def kind(self, unit: bytes) -> int:
        """The unit's type."""
        return unit[0] & 0x1F if self.codec_id == "V_MPEG4/ISO/AVC" else unit[0] >> 1 & 0x3F

    def begins_picture(self, unit: bytes) -> bool:
        """Whether the unit is a picture's first slice.

        See first_mb_in_slice (H.264, section 7.4.3) and first_slice_segment_in_pic_flag (H.265, 7.4.7.1).
        """
        h264 = self.codec_id == "V_MPEG4/ISO/AVC"
        is_slice = 1 <= self.kind(unit) <= 5 if h264 else self.kind(unit) < 32
        flags = unit[1:2] if h264 else unit[2:3]
        return is_slice and flags >= b"\x80"


CODECS: Mapping[str, Codec] = {
    "h264": Codec("H.264", "V_MPEG4/ISO/AVC", sets=(7, 8), delimiter=9),
    "hevc": Codec("H.265", "V_MPEGH/ISO/HEVC", sets=(32, 33, 34), delimiter=35),
}


class Undecodable(OccupancyError, ValueError):
    """Video that nobody can decode."""


class Framing:
    """The packets of one opening of a camera; `track` is known from its first keyframe on.

    `extradata` is what the source declares: Annex B, nothing, or an avcC or hvcC; with those, frames have
    lengths already. For use by one thread.
    """

    def __init__(self, name: CodecName, extradata: bytes) -> None:
        self._name = name
        self._codec = CODECS[name]
        self._private = extradata if extradata[:1] == b"\x01" else b""
        self._sets: dict[int, list[bytes]] = {}
        if not self._private:
            self._collect(nal_units(extradata))
        self._known: tuple[bytes, ...] | None = None
        self.track: Track | None = None

    def take(self, packet: bytes | memoryview, *, keyframe: bool) -> bytes:
        """The frame, length-prefixed; a keyframe may change `track`.

        Raises Undecodable if a keyframe has no parameter sets, or cannot be decoded with them.
        """
        data = bytes(packet)
        if self._private:
            if keyframe and self.track is None:
                self.track = self._declared_track(data)
            return data
        units = nal_units(data)
        if keyframe:
            self._collect(units)
        apart = {*self._codec.sets, self._codec.delimiter}
        frame = [unit for unit in units if self._codec.kind(unit) not in apart]
        if keyframe and self._known != (known := self._parameter_sets()):
            self.track = self._sent_track(known, frame)
            self._known = known
        return b"".join(len(unit).to_bytes(4, "big") + unit for unit in frame)

    def _collect(self, units: Sequence[bytes]) -> None:
        """Keep a keyframe's parameter sets: they replace earlier ones of their kind."""
        found = {
            kind: [unit for unit in units if self._codec.kind(unit) == kind] for kind in self._codec.sets
        }
        self._sets |= {kind: sets for kind, sets in found.items() if sets}

    def _parameter_sets(self) -> tuple[bytes, ...]:
        if any(kind not in self._sets for kind in self._codec.sets):
            raise Undecodable(
                f"its {self._name} stream has no parameter sets: let the camera send SPS and PPS with each"
                " keyframe, or choose another profile"
            )
        return tuple(unit for kind in self._codec.sets for unit in self._sets[kind])

    def _sent_track(self, sets: Sequence[bytes], frame: Sequence[bytes]) -> Track:
        data = b"".join(START_CODE + unit for unit in (*sets, *frame))
        picture = _decoded(self._name, b"", data)
        private = _codec_private(self._name, data, picture)
        return Track(1, self._codec.codec_id, private, picture.width, picture.height)

    def _declared_track(self, data: bytes) -> Track:
        picture = _decoded(self._name, self._private, data)
        return Track(1, self._codec.codec_id, self._private, picture.width, picture.height)


def nal_units(data: bytes) -> list[bytes]:
    """The NAL units of Annex B; bytes before the first start code are ignored."""
    # A unit never ends with a zero byte: zeros before a start code belong to that.
    units = (part.rstrip(b"\0") for part in data.split(START_CODE[1:])[1:])
    return [unit for unit in units if unit]


def _decoded(name: CodecName, extradata: bytes, data: bytes) -> VideoFrame:
    context = CodecContext.create(name, "r")
    context.thread_count = 1
    context.extradata = extradata or None
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
    except av.FFmpegError as error:
        raise _undecodable(name, error.strerror or type(error).__name__) from error
    if not frames:
        raise _undecodable(name, "it holds no picture")
    if frames[0].is_corrupt:
        raise _undecodable(name, "it is damaged")
    return frames[0]


def _undecodable(name: str, why: str) -> Undecodable:
    return Undecodable(
        f"a keyframe of its {name} stream cannot be decoded ({why}): restart the camera, or choose another"
        " profile"
    )


def _codec_private(name: CodecName, keyframe: bytes, picture: VideoFrame) -> bytes:
    """The avcC or hvcC that FFmpeg makes from a keyframe with its parameter sets."""
    sink = BytesIO()
    with av.open(sink, "w", format="matroska") as container:
        stream = container.add_mux_stream(name, width=picture.width, height=picture.height)
        packet = av.Packet(keyframe)
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, 0, 0, True
        try:
            container.mux(packet)
        except av.FFmpegError as error:
            raise _undecodable(name, error.strerror or type(error).__name__) from error
    tracks = next(element for element in ebml.Parser().feed(sink.getvalue()) if element.id == ebml.TRACKS)
    entry = dict(ebml.children(dict(ebml.children(tracks.payload))[ebml.TRACK_ENTRY]))
    return entry[ebml.CODEC_PRIVATE]
