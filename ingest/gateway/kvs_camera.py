"""Camera -> KVS: one camera whole, from its packets to their acknowledgements."""

import asyncio
from collections.abc import Callable
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
"""Around the opening hours."""
WATCH = 1.0
"""Seconds between two looks at whether the reader still reads."""
MAX_READERS = 4
"""Of one camera, which may have few connections to give."""


class KvsCamera:
    """Runs between `start` and `stop`. `camera` may be replaced by the registry's newest."""

    def __init__(
        self,
        camera: Camera,
        source: GatewayCamera,
        spool: Spool,
        uplink: PublisherDependencies,
        wall: WallClock,
    ) -> None:
        self.camera = camera
        self.only_open = True
        self._spool = spool
        self._uplink = uplink
        self._wall = wall
        if wall.checked:
            spool.correct(wall.correction_ms, whole_run=False)
        self._publisher = Publisher(camera.stream_name or camera.camera_id, spool, uplink)
        loop = asyncio.get_running_loop()
        dependencies = CaptureDependencies(
            spool, self._wall, self._wanted, lambda: _wake(loop, self._publisher.wake), uplink.clock
        )
        self._capture = CameraCapture(source.address, source.send, dependencies)
        self._readers: list[Thread] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Open the camera and deliver."""
        self._read()
        self._tasks = [asyncio.ensure_future(self._publisher.run()), asyncio.ensure_future(self._watch())]

    async def stop(self, seconds: float) -> None:
        """Close the camera, deliver what waits as far as the time allows; the rest stays in the spool."""
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
        """Take up the wall clock's correction; `whole_run`: what was read before it is wrong too."""
        await asyncio.to_thread(self._spool.correct, self._wall.correction_ms, whole_run=whole_run)

    @property
    def is_alive(self) -> bool:
        """Whether both halves run: a defect may have ended one."""
        return self._readers[-1].is_alive() and not any(task.done() for task in self._tasks)

    def _read(self) -> None:
        name = f"camera-{self.camera.camera_id}"
        self._readers.append(Thread(target=self._capture.run, name=name, daemon=True))
        self._readers[-1].start()

    async def _watch(self) -> None:
        """Leave a reader that does not come back to itself: it ends when its camera lets it go."""
        while True:
            await self._uplink.clock.sleep(WATCH)
            self._readers = [one for one in self._readers[:-1] if one.is_alive()] + self._readers[-1:]
            if self._capture.is_stuck() and len(self._readers) < MAX_READERS:
                self._read()

    def status(self) -> CameraStatus:
        """What is known of it now."""
        captured, publisher, now = self._capture.status, self._publisher, self._uplink.clock.monotonic()
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

    def _wanted(self) -> bool:
        return wanted(self.camera, from_millis(self._wall.now_ms()), only_open=self.only_open)


def wanted(camera: Camera, now: datetime, *, only_open: bool) -> bool:
    """Whether its video is to be sent at `now`."""
    sampling = camera.sampling_at(now)
    around = (now - MARGIN, now, now + MARGIN)
    return sampling.enabled and (not only_open or any(sampling.is_open(time) for time in around))


def _age(then: float | None, now: float) -> float | None:
    return None if then is None else now - then


def _wake(loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
    """From the camera's thread; a loop that is closed needs no waking."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(wake)
