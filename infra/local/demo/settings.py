"""What the demo is to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from infra.local.rekognition.detectors.detection import Detector
from infra.local.simulated_store.cameras.media import StoreCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from infra.local.simulated_store.deeplens_unit import SimulatedUnit
from ingest.registry.camera import Mode, Source

STORE = "demo"

Shown = StoreCamera | SnapshotCamera | SimulatedUnit
"""Whoever has a name, and a truth at each time."""


@dataclass(frozen=True)
class Settings:
    """What the demo shows. `seconds` None: until Ctrl-C; `port` 0: any.

    `modes` says how a camera's stream is read, by its name; the others in mode `auto`. A stream that is read
    in mode `media` keeps nothing. With `gateway` the cameras are RTSP cameras of the store gateway, and there
    may be `snapshots`; else their video goes straight into their streams.
    """

    cameras: Sequence[StoreCamera]
    detector: Detector
    modes: Mapping[str, Mode] = field(default_factory=dict)
    units: Sequence[SimulatedUnit] = ()
    gateway: bool = False
    snapshots: Sequence[SnapshotCamera] = ()
    sample_every: int = 2
    tick: timedelta = timedelta(seconds=2)
    seconds: float | None = None
    port: int = 0
    fault: str | None = None

    @property
    def shown(self) -> Sequence[Shown]:
        """All that is counted, in the order in which it is shown."""
        return [*self.cameras, *self.snapshots, *self.units]

    def source(self, name: str) -> Source:
        """How that camera's frames get into the bucket."""
        return Source.KVS if name in {camera.name for camera in self.cameras} else Source.PUSH

    def way(self, name: str) -> str:
        """The same, as it is shown: the stream's mode, and how the gateway gets at the camera."""
        way = Source.PUSH if self.source(name) is Source.PUSH else self.mode(name)
        if name in {camera.name for camera in self.snapshots}:
            return f"http, {way}"
        return f"rtsp, {way}" if self.gateway and self.source(name) is Source.KVS else way

    def mode(self, name: str) -> Mode:
        """How that camera's stream is read."""
        return self.modes.get(name, Mode.AUTO)
