"""Encodes pictures as H.264 for Matroska and PutMedia: length-prefixed NAL units and an avcC."""

from fractions import Fraction

from av.codec.context import CodecContext, Flags
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter

from infra.local.simulated_store.cameras.media import EncodedFrame
from ingest.kvs.video import Track

CRF = 23
STILL_CRF = 18
"""For single pictures: no later frame restores lost detail."""
_OPTIONS = {
    "preset": "superfast",
    "tune": "zerolatency",  # each frame gives its packet at once
    "forced-idr": "1",
    # Length prefixes and an avcC instead of start codes; keyframes only on request.
    "x264-params": "annexb=0:keyint=infinite:scenecut=0",
}


class H264Encoder:
    """Encodes frames of the same size, cropped to even sides. Not thread-safe."""

    def __init__(self, width: int, height: int, frames_per_second: int = 10, crf: int = CRF) -> None:
        self._width, self._height = width // 2 * 2, height // 2 * 2
        context = CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = self._width, self._height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, 1000), Fraction(frames_per_second)
        context.options, context.thread_count = {**_OPTIONS, "crf": str(crf)}, 1
        context.flags |= Flags.global_header
        context.open()
        self._context = context
        self._reformatter = VideoReformatter()

    @property
    def track(self) -> Track:
        """The track for the header of PutMedia."""
        codec_private = bytes(self._context.extradata or b"")
        return Track(1, "V_MPEG4/ISO/AVC", codec_private, self._width, self._height)

    def encode(self, frame: VideoFrame, time_ms: int, *, keyframe: bool) -> EncodedFrame:
        """Encode a picture. Times must increase."""
        picture = self._reformatter.reformat(frame, self._width, self._height, "yuv420p", threads=1)
        picture.pts, picture.time_base = time_ms, Fraction(1, 1000)
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        return EncodedFrame(time_ms, b"".join(map(bytes, self._context.encode(picture))), keyframe)
