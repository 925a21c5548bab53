"""Turns coded frames into images with FFmpeg; decodes in stream order, no further than needed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

import av
from av.codec.context import CodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from infra.local.kvs.images.coded_video import CodedFrame, CodedVideo, read_video
from infra.local.kvs.images.request import ImageFormat
from infra.local.kvs.service.fragments import Media
from ingest.jpeg import DECODERS, JpegEncoder

WORST_QSCALE = 31
PNG_FORMAT = "rgb24"
MILLISECONDS = Fraction(1, 1000)


def render(media: Media, relative_times: Collection[int], form: ImageFormat) -> Mapping[int, bytes]:
    """The images of the frames at these times; an image that FFmpeg cannot make is left out."""
    encoder = _PngEncoder() if form.kind == "PNG" else JpegEncoder(qscale(form.jpeg_quality))
    images = {}
    for time, picture in _decoded(read_video(media), relative_times):
        with suppress(av.FFmpegError):
            images[time] = encoder.encode(_sized(picture, form))
    return images


def qscale(jpeg_quality: int) -> int:
    """FFmpeg's qscale, 1 (best) to 31, for JPEGQuality 100 to 1, in even steps."""
    return 1 + (100 - jpeg_quality) * (WORST_QSCALE - 1) // 99


def _decoded(video: CodedVideo, relative_times: Collection[int]) -> Iterator[tuple[int, VideoFrame]]:
    for gop in _gops(video.frames):
        left = {frame.relative_ms for frame in gop}.intersection(relative_times)
        pictures = _pictures(video, gop) if left else iter(())
        while left and (picture := next(pictures, None)) and not picture.is_corrupt:
            if picture.pts in left:
                left.remove(picture.pts)
                yield picture.pts, picture


def _gops(frames: Sequence[CodedFrame]) -> Iterator[Sequence[CodedFrame]]:
    """Each keyframe with the frames that depend on it; frames before the first keyframe are left out."""
    starts = [index for index, frame in enumerate(frames) if frame.keyframe]
    for start, end in pairwise([*starts, len(frames)]):
        yield frames[start:end]


def _pictures(video: CodedVideo, gop: Sequence[CodedFrame]) -> Iterator[VideoFrame]:
    """Pictures in order of time, up to the first frame that cannot be decoded: the rest depends on it."""
    if video.codec_id not in DECODERS:
        return
    decoder = CodecContext.create(DECODERS[video.codec_id], "r")
    decoder.thread_count = 1  # a threaded decoder would delay the few frames that are needed
    decoder.extradata = video.codec_private or None
    with suppress(av.FFmpegError):
        for frame in gop:
            packet = av.Packet(frame.packet)
            packet.pts, packet.time_base = frame.relative_ms, MILLISECONDS
            yield from decoder.decode(packet)
    with suppress(av.FFmpegError):
        yield from decoder.decode(None)


def _sized(picture: VideoFrame, form: ImageFormat) -> VideoFrame:
    if form.width is None and form.height is None:
        return picture
    width = form.width or max(1, round(picture.width * (form.height or 1) / picture.height))
    height = form.height or max(1, round(picture.height * width / picture.width))
    return VideoReformatter().reformat(picture, width=width, height=height, threads=1)


class _PngEncoder:
    """Encodes pictures as PNG with 24 bits per pixel."""

    def encode(self, picture: VideoFrame) -> bytes:
        """The bytes of the PNG. Raises av.FFmpegError."""
        rgb = VideoReformatter().reformat(picture, format=PNG_FORMAT, threads=1)
        encoder = CodecContext.create("png", "w")
        encoder.width, encoder.height, encoder.pix_fmt = rgb.width, rgb.height, PNG_FORMAT
        encoder.time_base = rgb.time_base = MILLISECONDS
        return b"".join(bytes(packet) for packet in [*encoder.encode(rgb), *encoder.encode(None)])
