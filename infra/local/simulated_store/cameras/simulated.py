"""The simulated camera: draws and encodes its scene, and knows the true number of people."""

from collections.abc import Iterator
from math import ceil

from av.video.frame import VideoFrame

from infra.local.rekognition.detectors.detection import Image
from infra.local.simulated_store.cameras.encoder import H264Encoder
from infra.local.simulated_store.cameras.media import Clock, EncodedFrame, Feed
from infra.local.simulated_store.scene.plan import Plan
from infra.local.simulated_store.scene.view import HEIGHT, WIDTH, SceneView

FRAMES_PER_SECOND = 10
KEYFRAME_EVERY = FRAMES_PER_SECOND
"""Ticks between keyframes: at each whole second, where people are in full view or absent."""
MAX_DELAY = 0.3
"""If it is later than this many seconds, the camera skips to the next keyframe that is not late."""


class SimulatedCamera:
    """The same name and seed give the same video at the same time."""

    def __init__(self, name: str, seed: int = 0) -> None:
        self.name = name
        self._view = SceneView(name, seed)
        self._plan = Plan(name, seed)

    def frame(self, time: float) -> Image:
        """The picture at `time` (seconds since the epoch): 480 x 854 x 3, BGR."""
        return self._view.draw(time)

    def truth(self, time: float) -> int:
        """The number of people in full view at `time` (seconds since the epoch)."""
        return self._plan.truth(time)

    def feed(self, clock: Clock) -> Feed:
        """The video, starting at the next whole second."""
        encoder = H264Encoder(WIDTH, HEIGHT, FRAMES_PER_SECOND)
        return Feed(encoder.track, self._frames(encoder, clock))

    def _frames(self, encoder: H264Encoder, clock: Clock) -> Iterator[EncodedFrame]:
        for tick in _ticks(clock):
            picture = VideoFrame.from_ndarray(self.frame(tick / FRAMES_PER_SECOND), format="bgr24")
            keyframe = tick % KEYFRAME_EVERY == 0
            yield encoder.encode(picture, tick * 1000 // FRAMES_PER_SECOND, keyframe=keyframe)


def _ticks(clock: Clock) -> Iterator[int]:
    """Tenths of a second since the epoch, from a whole second on. When late, it continues at a keyframe."""
    tick = ceil(clock()) * FRAMES_PER_SECOND
    while True:
        yield tick
        tick += 1
        late = clock() - tick / FRAMES_PER_SECOND
        if late > MAX_DELAY:
            tick = -(-tick // KEYFRAME_EVERY) * KEYFRAME_EVERY
            tick += int(max(0.0, clock() - tick / FRAMES_PER_SECOND)) * KEYFRAME_EVERY
