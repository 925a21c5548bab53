"""Real video as a camera: a looping file, an RTSP address or a webcam; `--camera NAME=<file|url|device>`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from av.video.frame import VideoFrame

from infra.local.simulated_store.cameras.encoder import H264Encoder
from infra.local.simulated_store.cameras.media import Clock, EncodedFrame, Feed
from infra.local.simulated_store.cameras.reading import (
    copyable_track,
    frame_size,
    packets,
    pictures,
    unreadable,
)

KEYFRAME_EVERY_MS = 1000
MIN_INTERVAL_MS = 90
"""The minimum interval of re-encoded frames: at most about ten per second, as nothing here needs more."""


@dataclass(frozen=True)
class VideoSource:
    """A video of the user. Its true counts are unknown."""

    name: str
    address: str

    @property
    def loops(self) -> bool:
        """Whether it is a file."""
        return Path(self.address).is_file()

    def truth(self, time: float) -> None:
        """Unknown."""

    def feed(self, clock: Clock) -> Feed:
        """The video in real time, starting now. Raises UnopenableVideo."""
        if self.loops:
            return recording(self.address, round(clock() * 1000), loops=True)
        encoder = H264Encoder(*frame_size(self.address))
        # Pictures of a live source get their time of arrival: the source's own clock may start anywhere.
        arriving = ((picture, round(clock() * 1000)) for picture, _ in pictures(self.address))
        return Feed(encoder.track, encoded(arriving, encoder))


def recording(path: str, start_ms: int, *, loops: bool = False) -> Feed:
    """A video file whose first frame has the time `start_ms` (since the epoch). Raises UnopenableVideo.

    H.264 and H.265 with a keyframe at least every 4 s is copied; anything else is re-encoded with a keyframe
    every second.
    """
    track = copyable_track(path)
    if track is not None:
        return Feed(track, _rounds(path, start_ms, None, loops=loops))
    encoder = H264Encoder(*frame_size(path))
    return Feed(encoder.track, _rounds(path, start_ms, encoder, loops=loops))


def _rounds(path: str, start_ms: int, encoder: H264Encoder | None, *, loops: bool) -> Iterator[EncodedFrame]:
    """The file once or in a loop; each round starts a frame interval after the previous one."""
    while True:
        last = None
        for frame in _copied(path, start_ms) if encoder is None else _recoded(path, start_ms, encoder):
            last = max(last or 0, frame.time_ms)
            yield frame
        if last is None:
            raise unreadable(path, "it contains no picture")
        if not loops:
            return
        start_ms = last + MIN_INTERVAL_MS


def _copied(path: str, start_ms: int) -> Iterator[EncodedFrame]:
    return (replace(frame, time_ms=start_ms + frame.time_ms) for frame in packets(path))


def _recoded(path: str, start_ms: int, encoder: H264Encoder) -> Iterator[EncodedFrame]:
    return encoded(((picture, start_ms + time_ms) for picture, time_ms in pictures(path)), encoder)


def encoded(timed: Iterable[tuple[VideoFrame, int]], encoder: H264Encoder) -> Iterator[EncodedFrame]:
    """Encode pictures with times in ms: about ten per second, with a keyframe every second."""
    keyframe_ms = last_ms = None
    for picture, time_ms in timed:
        if last_ms is not None and time_ms < last_ms + MIN_INTERVAL_MS:
            continue
        last_ms = time_ms
        keyframe = keyframe_ms is None or time_ms >= keyframe_ms + KEYFRAME_EVERY_MS
        if keyframe:
            keyframe_ms = time_ms
        yield encoder.encode(picture, time_ms, keyframe=keyframe)
