"""Camera -> KVS: runs one camera, from its packets to KVS's acknowledgements."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread

from ingest.gateway.capture.camera_capture import CameraCapture, CaptureDependencies
from ingest.gateway.config.settings import GatewayCamera
from ingest.gateway.spool.spool import Spool
from ingest.gateway.status import CameraStatus, joined
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.publisher import Publisher
from ingest.registry.camera import Camera
from ingest.times import from_millis

MARGIN = timedelta(minutes=2)
"""Before and after the opening hours, when video is sent, too."""
WATCH = 1.0
"""Seconds between two checks of whether the reader is stuck."""
MAX_READERS = 4
"""Readers of one camera at the same time: a camera may allow only few connections."""


@dataclass(frozen=True)
class KvsCameraDependencies:
    """What KVS cameras share. `only_open`: nothing is sent outside the opening hours."""

    publisher: PublisherDependencies
    wall: WallClock
    only_open: bool = True


class KvsCamera:
    """Runs between `start` and `stop`. `camera` may be replaced by the registry's newest version."""

    def __init__(
        self, camera: Camera, source: GatewayCamera, spool: Spool, dependencies: KvsCameraDependencies
    ) -> None:
        self.camera = camera
        self._spool = spool
        self._wall = wall = dependencies.wall
        self._only_open = dependencies.only_open
        self._clock = dependencies.publisher.clock
        if wall.checked:
            spool.correct(wall.correction_ms, whole_run=False)
        self._publisher = Publisher(camera.stream_name or camera.camera_id, spool, dependencies.publisher)
        self._capture = self._captured(source)
        self._readers: list[Thread] = []
        self._tasks: list[asyncio.Task[None]] = []

    def _captured(self, source: GatewayCamera) -> CameraCapture:
        loop = asyncio.get_running_loop()

        def on_put() -> None:
            if not loop.is_closed():  # called by the camera's thread
                loop.call_soon_threadsafe(self._publisher.wake)

        dependencies = CaptureDependencies(self._spool, self._wall, self._is_wanted, on_put, self._clock)
        return CameraCapture(source.address, source.send, dependencies)

    def start(self) -> None:
        """Open the camera and start to deliver."""
        self._read()
        self._tasks = [asyncio.ensure_future(self._publisher.run()), asyncio.ensure_future(self._watch())]

    async def stop(self, seconds: float) -> None:
        """Close the camera; deliver spooled fragments for up to `seconds`, the rest stays in the spool."""
        delivering, watching = self._tasks
        watching.cancel()
        self._capture.stop()
        await asyncio.to_thread(self._readers[-1].join, seconds)
        await asyncio.to_thread(self._capture.leave)
        self._publisher.stop()
        await asyncio.wait({delivering}, timeout=seconds)
        delivering.cancel()
        await asyncio.wait(self._tasks)

    async def set_clock(self, _: int, *, whole_run: bool) -> None:
        """Apply the wall clock's correction; `whole_run`: also to what was read before."""
        await asyncio.to_thread(self._spool.correct, self._wall.correction_ms, whole_run=whole_run)

    @property
    def is_alive(self) -> bool:
        """Whether both reader and publisher run: a defect may have ended one."""
        return self._readers[-1].is_alive() and not any(task.done() for task in self._tasks)

    def _read(self) -> None:
        name = f"camera-{self.camera.camera_id}"
        self._readers.append(Thread(target=self._capture.run, name=name, daemon=True))
        self._readers[-1].start()

    async def _watch(self) -> None:
        """Start another reader if one does not return from its camera; the old one ends when it returns."""
        while True:
            await self._clock.sleep(WATCH)
            self._readers = [left for left in self._readers[:-1] if left.is_alive()] + self._readers[-1:]
            if self._capture.is_stuck() and len(self._readers) < MAX_READERS:
                self._read()

    def status(self) -> CameraStatus:
        """The camera's state now."""
        captured, publisher, now = self._capture.status, self._publisher, self._clock.monotonic()
        oldest = self._spool.oldest()
        is_disabled = captured.state == "closed" and not self._is_enabled()
        return CameraStatus(
            camera=self.camera.camera_id,
            state="disabled" if is_disabled else captured.state,
            problem=joined(captured.problem, publisher.problem, self._spool.failure),
            **vars(captured.video),
            **vars(captured.rates),
            skipped=captured.skipped,
            reconnects=max(0, captured.openings - 1),
            last_packet_age=_age(captured.last_packet, now),
            last_ack_age=_age(publisher.last_ack, now),
            spool_bytes=self._spool.bytes,
            spool_count=len(self._spool),
            spool_age=max(0, self._wall.now_ms() - oldest.first_ms) / 1000 if oldest else 0,
            dropped=self._spool.dropped_count,
            delivered=publisher.delivery.persisted,
            sent_bytes=publisher.sent_bytes,
            sent_again=publisher.delivery.sent_again,
        )

    def _is_enabled(self) -> bool:
        return self.camera.sampling_at(from_millis(self._wall.now_ms())).enabled

    def _is_wanted(self) -> bool:
        return is_wanted(self.camera, from_millis(self._wall.now_ms()), only_open=self._only_open)


def is_wanted(camera: Camera, now: datetime, *, only_open: bool) -> bool:
    """Whether to send the camera's video at `now`."""
    sampling = camera.sampling_at(now)
    around = (now - MARGIN, now, now + MARGIN)
    return sampling.enabled and (not only_open or any(sampling.is_open(time) for time in around))


def _age(then: float | None, now: float) -> float | None:
    return None if then is None else now - then
