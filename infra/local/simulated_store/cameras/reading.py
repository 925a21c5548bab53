"""Reads video files, addresses and devices with PyAV and translates its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from infra.local.simulated_store.cameras.media import MAX_GOP_MS, EncodedFrame, UnopenableVideo
from ingest.kvs.video import Track

CODEC_IDS = {"h264": "V_MPEG4/ISO/AVC", "hevc": "V_MPEGH/ISO/HEVC"}
OPEN_SECONDS = 10.0
SURVEYED_MS = 60_000
"""How much of a file is checked before its frames are copied without re-encoding."""


def copyable_track(path: str) -> Track | None:
    """The track of the file if its frames can be copied and its keyframes are close enough, else None."""
    with _opened(path) as (_, stream):
        context = stream.codec_context
        private = bytes(context.extradata or b"")
        # avcC and hvcC begin with version 1; data with start codes begins with 0 and has no length prefixes.
        if context.name not in CODEC_IDS or private[:1] != b"\x01":
            return None
        track = Track(1, CODEC_IDS[context.name], private, context.width, context.height)
    return track if _longest_gop_ms(path) <= MAX_GOP_MS else None


def frame_size(address: str) -> tuple[int, int]:
    """Width and height in pixels. Raises UnopenableVideo."""
    with _opened(address) as (_, stream):
        return stream.codec_context.width, stream.codec_context.height


def packets(path: str) -> Iterator[EncodedFrame]:
    """The coded frames of the file in decoding order; `time_ms` counts from the first keyframe."""
    with _opened(path) as (container, stream):
        first: int | None = None
        for packet in container.demux(stream):
            if packet.size == 0 or packet.pts is None or (first is None and not packet.is_keyframe):
                continue
            first = packet.pts if first is None else first
            time_ms = round((packet.pts - first) * (packet.time_base or 0) * 1000)
            yield EncodedFrame(time_ms, bytes(packet), packet.is_keyframe)


def pictures(address: str) -> Iterator[tuple[VideoFrame, int]]:
    """Each decoded picture and its time in ms since the first."""
    with _opened(address) as (container, stream):
        first: float | None = None
        for picture in container.decode(stream):
            time = picture.time or 0.0
            first = time if first is None else first
            yield picture, round((time - first) * 1000)


def _longest_gop_ms(path: str) -> int:
    keyframes, last = [], 0
    for frame in packets(path):
        last = frame.time_ms
        if frame.keyframe:
            keyframes.append(frame.time_ms)
        if last > SURVEYED_MS:
            break
    return max((b - a for a, b in pairwise([*keyframes, last])), default=0)


@contextmanager
def _opened(address: str) -> Iterator[tuple[InputContainer, VideoStream]]:
    options = {"rtsp_transport": "tcp"} if address.startswith("rtsp") else {}
    form = "v4l2" if address.startswith("/dev/video") else None
    try:
        with av.open(address, format=form, options=options, timeout=OPEN_SECONDS) as container:
            if not container.streams.video:
                raise unreadable(address, "it has no video track")
            stream = container.streams.video[0]
            stream.thread_count = 1
            yield container, stream
    except av.FFmpegError as error:
        raise unreadable(address, error.strerror or type(error).__name__) from None


def unreadable(address: str, why: str) -> UnopenableVideo:
    """The error for a video, without the user information and query of its address."""
    parts = urlsplit(address)
    if parts.netloc:
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    return UnopenableVideo(
        f"video {address} cannot be read: {why}; give a file, an rtsp:// address or a device"
    )
