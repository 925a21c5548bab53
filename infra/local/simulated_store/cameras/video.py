"""Real video as a camera: a file that loops, an RTSP address, a webcam; `--camera NAME=<file|url|device>`."""

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
SHORTEST_MS = 90
"""Between two frames that are encoded anew: about ten a second at most, as nothing here needs more."""


@dataclass(frozen=True)
class VideoSource:
    """A video of the user's own. Nobody knows its true numbers."""

    name: str
    address: str

    def truth(self, time: float) -> None:
        """Unknown."""

    def feed(self, clock: Clock) -> Feed:
        """The video from now on, at its own pace. Raises UnopenableVideo."""
        if Path(self.address).is_file():
            return recording(self.address, round(clock() * 1000), loops=True)
        encoder = H264Encoder(*frame_size(self.address))
        # A live source has the time at which its picture arrives: its own clock may start anywhere.
        arriving = ((picture, round(clock() * 1000)) for picture, _ in pictures(self.address))
        return Feed(encoder.track, encoded(arriving, encoder))


def recording(path: str, start_ms: int, *, loops: bool = False) -> Feed:
    """A video file whose first frame is of `start_ms` (since the epoch). Raises UnopenableVideo.

    H.264 and H.265 with a keyframe every 4 s at least stay as they are; anything else is encoded anew, with a
    keyframe every second.
    """
    track = copyable_track(path)
    if track is not None:
        return Feed(track, _rounds(path, start_ms, None, loops=loops))
    encoder = H264Encoder(*frame_size(path))
    return Feed(encoder.track, _rounds(path, start_ms, encoder, loops=loops))


def _rounds(path: str, start_ms: int, encoder: H264Encoder | None, *, loops: bool) -> Iterator[EncodedFrame]:
    """The file once, or again and again, the next round one frame after the last."""
    while True:
        last = None
        for frame in _copied(path, start_ms) if encoder is None else _recoded(path, start_ms, encoder):
            last = max(last or 0, frame.time_ms)
            yield frame
        if last is None:
            raise unreadable(path, "it holds no picture")
        if not loops:
            return
        start_ms = last + SHORTEST_MS


def _copied(path: str, start_ms: int) -> Iterator[EncodedFrame]:
    return (replace(frame, time_ms=start_ms + frame.time_ms) for frame in packets(path))


def _recoded(path: str, start_ms: int, encoder: H264Encoder) -> Iterator[EncodedFrame]:
    return encoded(((picture, start_ms + time_ms) for picture, time_ms in pictures(path)), encoder)


def encoded(timed: Iterable[tuple[VideoFrame, int]], encoder: H264Encoder) -> Iterator[EncodedFrame]:
    """Pictures with their times in ms, about ten a second of them, a keyframe in every second."""
    keyframe_ms = last_ms = None
    for picture, time_ms in timed:
        if last_ms is not None and time_ms < last_ms + SHORTEST_MS:
            continue
        last_ms = time_ms
        keyframe = keyframe_ms is None or time_ms >= keyframe_ms + KEYFRAME_EVERY_MS
        if keyframe:
            keyframe_ms = time_ms
        yield encoder.encode(picture, time_ms, keyframe=keyframe)
