"""What the demo shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from infra.local.past.request import PastRequest
from infra.local.rekognition.detectors.detection import Detector
from infra.local.simulated_store.cameras.media import StoreCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from infra.local.simulated_store.cameras.video import VideoSource
from infra.local.simulated_store.deeplens_unit import SimulatedUnit
from ingest.registry.camera import Mode, Source

STORE = "demo"

Shown = StoreCamera | SnapshotCamera | SimulatedUnit
"""A sender of pictures with a name, and the true number of people at each time."""


@dataclass(frozen=True)
class Settings:
    """What the demo shows. `seconds` None: until Ctrl-C; `port` 0: any; `refresh`: seconds between snapshots.

    `modes` maps a camera's name to the mode in which its stream is read; the default is `auto`. A stream that
    is read in mode `media` stores nothing. With `gateway` the cameras are RTSP cameras of the store gateway,
    and there may be `snapshots`; without it their video goes directly into their streams.
    A `past` is written before the demo begins.
    """

    cameras: Sequence[StoreCamera]
    detector: Detector
    modes: Mapping[str, Mode] = field(default_factory=dict)
    units: Sequence[SimulatedUnit] = ()
    gateway: bool = False
    snapshots: Sequence[SnapshotCamera] = ()
    sample_every: int = 2
    tick: timedelta = timedelta(seconds=2)
    refresh: float = 1.0
    seconds: float | None = None
    port: int = 0
    fault: str | None = None
    past: PastRequest | None = None

    @property
    def shown(self) -> Sequence[Shown]:
        """All cameras and units, in the order in which they are shown."""
        return [*self.cameras, *self.snapshots, *self.units]

    def source(self, name: str) -> Source:
        """How a camera's frames get into the bucket."""
        return Source.KVS if name in {camera.name for camera in self.cameras} else Source.PUSH

    def repeats(self, name: str) -> bool:
        """Whether a camera may give the same picture twice: a file does, which is played in a loop."""
        return any(
            isinstance(camera, VideoSource) and camera.loops for camera in self.cameras if camera.name == name
        )

    def shown_mode(self, name: str) -> str:
        """How the table names it: the mode of the stream, and how the gateway reads the camera."""
        mode = Source.PUSH if self.source(name) is Source.PUSH else self.mode(name)
        if name in {camera.name for camera in self.snapshots}:
            return f"http, {mode}"
        return f"rtsp, {mode}" if self.gateway and self.source(name) is Source.KVS else mode

    def mode(self, name: str) -> Mode:
        """The mode in which a camera's stream is read."""
        return self.modes.get(name, Mode.FRAGMENTS)
