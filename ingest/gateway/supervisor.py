"""The gateway whole: all cameras of a store in one process, until it is stopped."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import aiohttp

from ingest.aws.failures import AWS_FAILURES
from ingest.frames.bucket import FrameBucket
from ingest.gateway import registry_cache, web
from ingest.gateway.camera_pool import CameraPool, CameraPoolDependencies, RegistryReading
from ingest.gateway.config.secrets import Secrets
from ingest.gateway.config.settings import GatewaySettings
from ingest.gateway.push_camera import PushCameraDependencies
from ingest.gateway.spool.folder import SpoolUnusable
from ingest.gateway.timing.backoff import Recovery, Timings
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import Rate
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.refusals import sentence
from ingest.registry.camera import Camera
from ingest.registry.table import CameraRegistry
from ingest.times import from_millis, to_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOOK = 1.0
"""Seconds between two looks at what has changed."""
REGISTRY_EVERY, CLOCK_EVERY, DROPPED_EVERY = 300.0, 3600.0, 60.0
UNCHECKED_EVERY = UNREAD_EVERY = 30.0
"""While AWS has not answered."""
FAIR_BYTES = 64_000
"""What one camera may send before the next has its turn, where max_mbit is less than all would send."""

log = logging.getLogger("occupancy.gateway")


@dataclass(frozen=True)
class GatewayDependencies:
    """AWS, as the gateway needs it. `clock_url` is any address of AWS: its answers' Date is looked at."""

    destination: Destination
    registry: CameraRegistry
    s3: "S3Client"
    clock_url: str
    new_session: Callable[[], aiohttp.ClientSession] = aiohttp.ClientSession
    timings: Timings = field(default_factory=Timings)


class Gateway:
    """Runs all cameras of its settings. `run` raises SpoolUnusable and PortTaken."""

    def __init__(
        self, settings: GatewaySettings, dependencies: GatewayDependencies, secrets: Secrets, clock: Clock
    ) -> None:
        self._settings = settings
        self._dependencies = dependencies
        self._secrets = secrets
        self._clock = clock
        self._wall = WallClock(clock)
        self._pool: CameraPool | None = None
        self._checking: asyncio.Future[None] | None = None
        self._told: dict[str, tuple[str, str | None]] = {}
        self._registry_problem: str | None = None
        self._read: RegistryReading | None = None
        """The last of the registry itself."""
        self.port = settings.port
        """Of its pages, once it runs."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until `stopping`, then deliver what waits, for a few seconds."""
        with _locked(self._settings.spool.directory):
            await self._run(stopping)

    async def _run(self, stopping: asyncio.Event) -> None:
        async with self._dependencies.new_session() as session:
            self._pool = pool = CameraPool(self._settings, self._secrets, self._pool_dependencies(session))
            await self._check_clock(session)
            await self._read_registry(pool)
            runner = await web.serve(pool.statuses, self._settings.port)
            self.port = runner.addresses[0][1]
            log.info("pages: http://%s:%d/healthz, /metrics, /status", web.HOST, self.port)
            try:
                await self._watch(pool, session, stopping)
            finally:
                await pool.stop()
                self._tell(pool)
                self._tell_dropped(pool)
                await runner.cleanup()

    def _pool_dependencies(self, session: aiohttp.ClientSession) -> CameraPoolDependencies:
        async def ready() -> None:
            if not self._wall.checked:
                await self._check_clock(session)

        timings, recovery = self._dependencies.timings, Recovery()
        rate = Rate(self._settings.max_mbit * 1e6 / 8, self._clock, FAIR_BYTES)
        frames = FrameBucket(self._dependencies.s3, self._settings.frame_bucket)
        return CameraPoolDependencies(
            PublisherDependencies(
                self._dependencies.destination, session, rate, self._clock, timings, ready, recovery
            ),
            PushCameraDependencies(session, frames, self._wall, self._clock, timings, ready, recovery),
        )

    async def _watch(self, pool: CameraPool, session: aiohttp.ClientSession, stopping: asyncio.Event) -> None:
        clock_at = registry_at = dropped_at = self._clock.monotonic()
        while not stopping.is_set():
            self._tell(pool)
            now = self._clock.monotonic()
            if now - registry_at > (UNREAD_EVERY if self._registry_problem else REGISTRY_EVERY):
                registry_at = now
                await self._read_registry(pool)
            if now - clock_at > (CLOCK_EVERY if self._wall.checked else UNCHECKED_EVERY):
                clock_at = now
                await self._check_clock(session)
            if now - dropped_at > DROPPED_EVERY:
                dropped_at = now
                await asyncio.to_thread(pool.sweep)
                self._tell_dropped(pool)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await stopping.wait()

    async def _check_clock(self, session: aiohttp.ClientSession) -> None:
        """Check it, or wait for the check that is under way."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.ensure_future(self._check_clock_now(session))
        await asyncio.shield(self._checking)

    async def _check_clock_now(self, session: aiohttp.ClientSession) -> None:
        """Set our clock by AWS's, if AWS answers: whatever it answers, it is dated.

        The first time, what has been read until then gets its right time too: a box without a clock battery,
        or without network at its start, does not know better.
        """
        try:
            async with asyncio.timeout(10), session.get(self._dependencies.clock_url) as response:
                aws = parsedate_to_datetime(response.headers["Date"])
        except (aiohttp.ClientError, OSError, KeyError, ValueError):  # OSError: also TimeoutError
            return
        first = not self._wall.checked
        off_ms = self._wall.check(aws)
        if self._pool is not None and (first or off_ms):
            await self._pool.set_clock(off_ms, whole_run=first)
        if off_ms:
            way = "behind" if off_ms > 0 else "ahead of"
            said = "clock: this box is %.1f s %s AWS, whose time is used from now on: see to its NTP"
            log.warning(said, abs(off_ms) / 1000, way)

    async def _read_registry(self, pool: CameraPool) -> None:
        await pool.update(await asyncio.to_thread(self._registered))

    def _registered(self) -> RegistryReading:
        """What the registry says, or said when it last could."""
        cache = self._settings.spool.directory / "registry.json"
        try:
            found = self._dependencies.registry.get_many(self._settings.cameras)
        except AWS_FAILURES as error:
            return self._unread(sentence(error), registry_cache.stored(cache))
        if self._registry_problem is not None:
            log.info("registry: read again")
        self._registry_problem = None
        with suppress(OSError):  # the disk is full: a start without network will miss it, nothing else
            registry_cache.store(cache, [one for one in found.values() if isinstance(one, Camera)])
        self._read = RegistryReading(found)
        return self._read

    def _unread(self, problem: str, cached: Mapping[str, Camera] | None) -> RegistryReading:
        if self._registry_problem is None:
            known = self._read is not None or cached is not None
            going_on = "going on with what it said last" if known else "no camera can be started before"
            log.warning("registry: %s; %s", problem, going_on)
        self._registry_problem = problem
        return self._read or RegistryReading(cached or {}, problem)

    def _tell(self, pool: CameraPool) -> None:
        """One line for each change of state."""
        for one in pool.statuses():
            state = one.state, one.problem
            if self._told.get(one.camera) == state:
                continue
            self._told[one.camera] = state
            if one.problem:
                log.warning("camera %s: %s: %s", one.camera, one.state, one.problem)
            else:
                video = f" ({one.codec} {one.width}x{one.height})" if one.width else ""
                log.info("camera %s: %s%s", one.camera, one.state, video)

    def _tell_dropped(self, pool: CameraPool) -> None:
        for camera_id, one in pool.dropped():
            start, end = to_text(from_millis(one.first_ms)), to_text(from_millis(one.last_ms))
            log.warning(
                "camera %s: %d given up, of %s to %s: %s", camera_id, one.count, start, end, one.reason
            )


def _locked(directory: Path) -> IO[str]:
    """Hold the spool for this process alone. Raises SpoolUnusable."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (directory / "lock").open("w", encoding="utf-8")
    except OSError as error:
        raise SpoolUnusable(directory, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        busy = OSError(error.errno, "another gateway uses it")
        raise SpoolUnusable(directory, busy) from error
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
