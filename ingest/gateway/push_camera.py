"""Camera -> frame bucket: takes a picture of a push camera at each of its sample instants.

A picture waits in the spool until S3 has it, so no picture is lost in an outage of the uplink.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from ingest.aws.failures import AWS_FAILURES
from ingest.errors import OccupancyError
from ingest.frames.bucket import FrameBucket
from ingest.frames.inspection import Inspection, digest_of
from ingest.frames.keys import FrameKey
from ingest.gateway.capture.ffmpeg_errors import NO_ANSWER
from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.picture_source import pictures_of
from ingest.gateway.pictures.pictures import Picture
from ingest.gateway.spool.spool import Damaged, Spool
from ingest.gateway.status import CameraStatus, joined
from ingest.gateway.timing.backoff import Backoff, Ready, Recovery, Timings, at_once
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.refusals import waiting
from ingest.luma import image_shows_nothing
from ingest.registry.camera import Camera
from ingest.times import from_millis, to_millis

RETRY = 0.5
LOOK_AHEAD = timedelta(minutes=10)
POLL = 1.0
NO_PICTURE = (
    "its picture is black or of one colour: check whether the lens is covered, the light is off, or a"
    " recorder has lost the camera"
)


@dataclass(frozen=True)
class PushCameraDependencies:
    """What push cameras share: HTTP to the cameras, the frame bucket, time."""

    session: aiohttp.ClientSession
    frames: FrameBucket
    wall: WallClock
    clock: Clock
    timings: Timings = field(default_factory=Timings)
    ready: Ready = at_once
    recovery: Recovery = field(default_factory=Recovery)


class PushCamera:
    """Runs between `start` and `stop`. `camera` may be replaced by the registry's newest version."""

    def __init__(
        self, camera: Camera, address: Address, spool: Spool, dependencies: PushCameraDependencies
    ) -> None:
        self.camera = camera
        self._address = address
        self._pictures = pictures_of(address, dependencies.session)
        self._spool = spool
        self._dependencies = dependencies
        self._wall = dependencies.wall.copy()
        self._tasks: list[asyncio.Task[None]] = []
        self._camera_problem: str | None = None
        self._bucket_problem: str | None = None
        self._picture_problem: str | None = None
        self._state = "starting"
        self._last_packet: float | None = None
        self._last_ack: float | None = None
        self._delivered = self._sent_bytes = 0

    def start(self) -> None:
        """Start taking and delivering pictures."""
        self._tasks = [asyncio.ensure_future(self._take()), asyncio.ensure_future(self._deliver())]

    async def stop(self, seconds: float) -> None:
        """Take no more pictures; deliver spooled ones for up to `seconds`, the rest stays in the spool."""
        take_task, *_ = self._tasks
        take_task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self._spool):
                    await asyncio.sleep(POLL / 10)
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._pictures.close()

    async def set_clock(self, by_ms: int, *, whole_run: bool) -> None:
        """Correct the clock by `by_ms`; `whole_run`: since the start, so no picture is of an instant."""
        if not by_ms:
            self._wall.set_right(0)
            return
        self._tasks[0].cancel()
        await asyncio.wait(self._tasks[:1])
        self._wall.set_right(by_ms)
        if whole_run:
            self._spool.forget_run("taken while the box's clock was wrong")
        self._tasks[0] = asyncio.ensure_future(self._take())

    @property
    def is_alive(self) -> bool:
        """Whether both tasks run: a defect may have ended one."""
        return not any(task.done() for task in self._tasks)

    def status(self) -> CameraStatus:
        """The camera's state now."""
        now = self._dependencies.clock.monotonic()
        oldest = self._spool.oldest()
        camera_problem = self._camera_problem or self._pictures.problem
        return CameraStatus(
            camera=self.camera.camera_id,
            state="failing" if camera_problem else self._state,
            problem=joined(camera_problem, self._picture_problem, self._bucket_problem, self._spool.failure),
            codec="JPEG",
            last_packet_age=None if self._last_packet is None else now - self._last_packet,
            last_ack_age=None if self._last_ack is None else now - self._last_ack,
            spool_bytes=self._spool.bytes,
            spool_count=len(self._spool),
            spool_age=max(0, self._wall.now_ms() - oldest.last_ms) / 1000 if oldest else 0,
            delivered=self._delivered,
            sent_bytes=self._sent_bytes,
            dropped=self._spool.dropped_count,
        )

    async def _take(self) -> None:
        done = self._now()
        while True:
            now = self._now()
            instant = next(self.camera.due(max(done, now), now + LOOK_AHEAD), None)
            if instant is None:
                self._state = "closed" if self.camera.sampling_at(now).enabled else "disabled"
                await self._pictures.close()
                await self._dependencies.clock.sleep(POLL)
                continue
            self._pictures.open()
            lead = min(self._pictures.lead, self.camera.sampling_at(instant).step * 0.8)
            await self._sleep_until(instant - lead)
            await self._take_for(instant)
            done = instant + timedelta(milliseconds=1)

    async def _take_for(self, instant: datetime) -> None:
        """Ask until there is a picture, or the instant has passed."""
        while (left := (instant - self._now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(left):
                    picture = await self._pictures.take()
            except TimeoutError:
                if left > RETRY or self._camera_problem is None:  # not the rest of a wait after an answer
                    self._camera_problem = f"{self._address.shown} {NO_ANSWER}"
                continue
            except OccupancyError as error:
                self._camera_problem = str(error)
                await self._dependencies.clock.sleep(RETRY)
                continue
            self._keep(instant, picture)
            return

    def _keep(self, instant: datetime, picture: Picture) -> None:
        taken_ms = self._wall.at_ms(picture.arrived)
        if from_millis(taken_ms) > instant:
            return  # too late: a frame must not be later than its instant
        self._spool.put(to_millis(instant), taken_ms, picture.jpeg, taken_ms, ages=self._wall.checked)
        self._state, self._camera_problem = "live", None
        self._last_packet = self._dependencies.clock.monotonic()

    async def _deliver(self) -> None:
        backoff = Backoff(self._dependencies.timings.first_retry, self._dependencies.timings.longest_retry)
        while True:
            entry = self._spool.oldest()
            if entry is None:
                await self._dependencies.clock.sleep(POLL / 5)
                continue
            try:
                picture = await asyncio.to_thread(self._spool.read, entry)
                inspection = await asyncio.to_thread(_inspected, picture)
                await self._dependencies.ready()  # last: the clock may be found wrong until then
                if self._spool.oldest() != entry:
                    continue  # it was given up, as its instant was wrong
                key = FrameKey(self.camera.camera_id, from_millis(entry.first_ms), from_millis(entry.last_ms))
                await asyncio.to_thread(self._dependencies.frames.put, key, picture, inspection)
            except Damaged:
                continue
            except (*AWS_FAILURES, OSError) as error:
                self._bucket_problem = f"the frame bucket accepts no pictures: {waiting(error)}"
                await self._dependencies.recovery.wait(self._dependencies.clock, backoff.next())
                continue
            self._spool.remove(entry)
            self._picture_problem = NO_PICTURE if inspection and inspection.shows_nothing else None
            self._delivered += 1
            self._sent_bytes += len(picture)
            if self._bucket_problem is not None:
                self._dependencies.recovery.happened()
            self._bucket_problem = None
            self._last_ack = self._dependencies.clock.monotonic()
            backoff.reset()

    def _now(self) -> datetime:
        return from_millis(self._wall.now_ms())

    async def _sleep_until(self, time: datetime) -> None:
        while (left := (time - self._now()).total_seconds()) > 0:
            await self._dependencies.clock.sleep(min(left, POLL))


def _inspected(jpeg: bytes) -> Inspection | None:
    """What a picture shows; None if it cannot be decoded here, so that the counter finds out why."""
    nothing = image_shows_nothing(jpeg)
    return None if nothing is None else Inspection(digest_of(jpeg), nothing)
