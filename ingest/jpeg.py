"""KVS -> frame bucket: converts keyframes to JPEGs, with FFmpeg's decoders and its mjpeg encoder."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from ingest.errors import OccupancyError
from ingest.frames.limits import MAX_BYTES
from ingest.kvs.video import Keyframe, Track
from ingest.luma import frame_shows_nothing

QSCALE = 1
"""FFmpeg's quality scale, on which 1 is best. Why 1: docs/decisions/0002-jpeg-scale.md."""
COARSER = (2, 3, 5, 8, 12, 18, 31)
"""Values to try in this order if a JPEG has more than MAX_BYTES; 31 is FFmpeg's worst."""

DECODERS: Mapping[str, Literal["h264", "hevc"]] = {"V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc"}
JPEG_FORMAT = "yuvj420p"
_BT709 = int(Colorspace.ITU709)


class UndecodableKeyframe(OccupancyError, ValueError):
    """A keyframe that decodes to no picture, or to a damaged one."""

    def __init__(self, keyframe: Keyframe, why: str) -> None:
        if not keyframe.track.codec_private:
            why += "; its track has no codec private data (avcC, hvcC), which its producer must send"
        super().__init__(
            f"keyframe of {keyframe.time.isoformat()} ({keyframe.track.codec_id},"
            f" {len(keyframe.packet)} bytes) cannot be decoded: {why}"
        )


class JpegMaker:
    """Converts keyframes to JPEGs; keeps FFmpeg's contexts while track and size stay. For one thread."""

    def __init__(self) -> None:
        self._track: Track | None = None
        self._decoder: VideoCodecContext | None = None
        self._encoder = JpegEncoder()

    def jpeg(self, keyframe: Keyframe) -> bytes:
        """A baseline JPEG of the keyframe at its own size. Raises UndecodableKeyframe."""
        try:
            return self._encoder.encode(self._decode(keyframe))
        except av.FFmpegError as error:
            raise UndecodableKeyframe(keyframe, error.strerror or type(error).__name__) from error

    def visible_jpeg(self, keyframe: Keyframe) -> bytes | None:
        """The same; None if nobody could be seen on the keyframe. Raises UndecodableKeyframe."""
        try:
            frame = self._decode(keyframe)
            return None if frame_shows_nothing(frame) else self._encoder.encode(frame)
        except av.FFmpegError as error:
            raise UndecodableKeyframe(keyframe, error.strerror or type(error).__name__) from error

    def _decode(self, keyframe: Keyframe) -> VideoFrame:
        decoder = self._decoder if keyframe.track == self._track else None
        decoder = decoder or _decoder(keyframe)
        self._track = None  # a decoder that fails now is not used again
        frames = [*decoder.decode(av.Packet(keyframe.packet)), *decoder.decode(None)]
        decoder.flush_buffers()  # ends the draining: the next keyframe starts anew
        if not frames:
            raise UndecodableKeyframe(keyframe, "it contains no picture")
        if frames[0].is_corrupt:
            raise UndecodableKeyframe(keyframe, "it is damaged")
        self._decoder, self._track = decoder, keyframe.track
        return frames[0]


class JpegEncoder:
    """Encodes pictures of any size and format as JPEGs of at most `max_bytes`. For one thread."""

    def __init__(self, qscale: int = QSCALE, max_bytes: int = MAX_BYTES) -> None:
        self._qscale = qscale
        self._max_bytes = max_bytes
        self._encoder: VideoCodecContext | None = None
        self._reformatter = VideoReformatter()
        self._count = 0

    def encode(self, frame: VideoFrame) -> bytes:
        """A baseline JPEG, 4:2:0, of lower quality than `qscale` only if needed. Raises av.FFmpegError.

        A picture that does not fit even at the worst quality is returned at that quality.
        """
        picture = self._full_range(frame)
        jpeg = self._encoded(picture, self._encoder_for(picture))
        for qscale in COARSER:
            if len(jpeg) <= self._max_bytes:
                break
            if qscale > self._qscale:
                jpeg = self._encoded(picture, _encoder(picture, qscale))
        return jpeg

    def _encoded(self, picture: VideoFrame, encoder: VideoCodecContext) -> bytes:
        picture.time_base = encoder.time_base
        picture.pts = self._count  # the encoder requires rising times
        self._count += 1
        return b"".join(bytes(packet) for packet in encoder.encode(picture))

    def _full_range(self, frame: VideoFrame) -> VideoFrame:
        # JFIF has one colour space, BT.601 in full range; HD cameras send BT.709, mostly in TV range.
        return self._reformatter.reformat(
            frame,
            format=JPEG_FORMAT,
            src_colorspace=Colorspace.ITU709 if frame.colorspace == _BT709 else None,
            dst_colorspace=Colorspace.ITU601 if frame.colorspace == _BT709 else None,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )

    def _encoder_for(self, frame: VideoFrame) -> VideoCodecContext:
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (frame.width, frame.height):
            encoder = self._encoder = _encoder(frame, self._qscale)
        return encoder


def _encoder(frame: VideoFrame, qscale: int) -> VideoCodecContext:
    encoder = _context("mjpeg", "w")
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt = JPEG_FORMAT
    encoder.time_base = Fraction(1, 1000)
    encoder.qmin = encoder.qmax = qscale
    return encoder


def _decoder(keyframe: Keyframe) -> VideoCodecContext:
    name = DECODERS.get(keyframe.track.codec_id)
    if name is None:
        raise UndecodableKeyframe(keyframe, f"only {' and '.join(DECODERS)} can be decoded")
    decoder = _context(name, "r")
    decoder.extradata = keyframe.track.codec_private or None
    return decoder


def _context(name: Literal["h264", "hevc", "mjpeg"], mode: Literal["r", "w"]) -> VideoCodecContext:
    context = CodecContext.create(name, mode)
    context.thread_count = 1  # cameras already run in parallel; a threaded decoder would delay frames
    return context
