"""A camera that plays a file once, and the frames of its feed."""

from dataclasses import dataclass
from pathlib import Path

from infra.local.simulated_store.cameras.media import Clock, Feed
from infra.local.simulated_store.cameras.video import recording
from infra.local.simulated_store.rtsp.packetizing import annex_b
from tests.ingest.gateway.videos import Made, write


@dataclass(frozen=True)
class Recorded:
    name: str
    path: Path

    def feed(self, clock: Clock) -> Feed:
        return recording(str(self.path), round(clock() * 1000))

    def truth(self, time: float) -> None:
        """Unknown."""


def recorded(directory: Path, made: Made, name: str = "door") -> Recorded:
    """A camera with this name and a generated video."""
    path = directory / f"{name}.mp4"
    write(path, made)
    return Recorded(name, path)


def fed(camera: Recorded) -> list[tuple[int, bytes, bool]]:
    """(time in ms since the first, frame with start codes, whether a keyframe)."""
    feed = recording(str(camera.path), 0)
    return [(frame.time_ms, annex_b(frame.data, 4), frame.keyframe) for frame in feed.frames]
