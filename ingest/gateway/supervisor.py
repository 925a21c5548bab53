"""The gateway: runs all cameras of a store in one process, until it is stopped."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

import aiohttp

from ingest.frames.bucket import FrameBucket
from ingest.gateway import web
from ingest.gateway.aws_time import aws_time
from ingest.gateway.camera_pool import CameraPool, CameraPoolDependencies
from ingest.gateway.config.secrets import Secrets
from ingest.gateway.config.settings import GatewaySettings
from ingest.gateway.push_camera import PushCameraDependencies
from ingest.gateway.registry_reader import RegistryReader
from ingest.gateway.spool.folder import SpoolUnusable
from ingest.gateway.status_log import StatusLog
from ingest.gateway.timing.backoff import Recovery, Timings
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import Rate
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

POLL = 1.0
"""Seconds between two checks of what has changed."""
REGISTRY_EVERY, CLOCK_EVERY, DROPPED_EVERY = 300.0, 3600.0, 60.0
"""Seconds between two readings of the registry, two checks of the clock, two logs of what was dropped."""
UNCHECKED_EVERY = UNREAD_EVERY = 30.0
"""Seconds between two readings or checks while AWS does not answer."""
FAIR_BYTES = 64_000
"""Bytes that a camera may send before the next one has its turn, when together they exceed max_mbit."""

log = logging.getLogger("occupancy.gateway")


@dataclass(frozen=True)
class GatewayDependencies:
    """The AWS services that the gateway uses. `clock_url` is any address of AWS: its answers have a Date."""

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
        self._log = StatusLog()
        cache = settings.spool.directory / "registry.json"
        self._registry = RegistryReader(dependencies.registry, settings.cameras, cache)
        self.port = settings.port
        """The port of its pages, once it is running."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until `stopping`, then deliver what is spooled, for a few seconds."""
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
                self._log.statuses(pool.statuses())
                self._log.dropped(pool.dropped())
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
            self._log.statuses(pool.statuses())
            now = self._clock.monotonic()
            if now - registry_at > (UNREAD_EVERY if self._registry.problem else REGISTRY_EVERY):
                registry_at = now
                await self._read_registry(pool)
            if now - clock_at > (CLOCK_EVERY if self._wall.checked else UNCHECKED_EVERY):
                clock_at = now
                await self._check_clock(session)
            if now - dropped_at > DROPPED_EVERY:
                dropped_at = now
                await asyncio.to_thread(pool.sweep)
                self._log.dropped(pool.dropped())
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await stopping.wait()

    async def _check_clock(self, session: aiohttp.ClientSession) -> None:
        """Check the clock, or wait for the check that is already running."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.ensure_future(self._check_clock_now(session))
        await asyncio.shield(self._checking)

    async def _check_clock_now(self, session: aiohttp.ClientSession) -> None:
        """Set our clock to AWS's time, if AWS answers.

        The first time, what was read before also gets the correct time: a box without a clock battery, or
        without network at its start, cannot know the time.
        """
        aws = await aws_time(session, self._dependencies.clock_url)
        if aws is None:
            return
        first = not self._wall.checked
        behind_ms = self._wall.check(aws)
        if self._pool is not None and (first or behind_ms):
            await self._pool.set_clock(behind_ms, whole_run=first)
        if behind_ms:
            self._log.clock(behind_ms)

    async def _read_registry(self, pool: CameraPool) -> None:
        await pool.update(await asyncio.to_thread(self._registry.read))


def _locked(directory: Path) -> IO[str]:
    """Lock the spool for this process. Raises SpoolUnusable."""
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
