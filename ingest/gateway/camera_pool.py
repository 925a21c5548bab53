"""The gateway's cameras: starts those of gateway.yaml that the registry allows, and keeps them running.

A camera that cannot be started, or fails, never affects the others: it is named, and tried again whenever the
registry is read. A camera that is removed from the registry, or moved to another store, is stopped. Its
spool is delivered within some seconds, or stays on the disk.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.errors import OccupancyError
from ingest.gateway.camera_spools import CameraSpools
from ingest.gateway.config.registry_check import missing_frames, other_source, other_store, unregistered
from ingest.gateway.config.secrets import Secrets
from ingest.gateway.config.settings import GatewayCamera, GatewaySettings, camera
from ingest.gateway.kvs_camera import KvsCamera, KvsCameraDependencies
from ingest.gateway.push_camera import PushCamera, PushCameraDependencies
from ingest.gateway.registry_reader import RegistryReading
from ingest.gateway.spool.entries import Dropped
from ingest.gateway.status import CameraStatus, joined
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.registry.camera import Camera, InvalidCamera, Source

STOP_SECONDS = 15.0

log = logging.getLogger("occupancy.gateway")


class WrongCamera(OccupancyError):
    """A camera whose settings in gateway.yaml contradict the registry."""


class RegistryUnread(OccupancyError):
    """The registry could not be read, and the cache has no such camera."""


@dataclass(frozen=True)
class CameraPoolDependencies:
    """Where video and pictures go."""

    publishers: PublisherDependencies
    push_cameras: PushCameraDependencies


class CameraPool:
    """The cameras of one gateway."""

    def __init__(
        self, settings: GatewaySettings, secrets: Secrets, dependencies: CameraPoolDependencies
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._push_cameras = dependencies.push_cameras
        self._wall = dependencies.push_cameras.wall
        self._kvs_cameras = KvsCameraDependencies(dependencies.publishers, self._wall, settings.only_open)
        self._running: dict[str, KvsCamera | PushCamera] = {}
        self._spools = CameraSpools(settings)
        self._problems: dict[str, str] = {}
        """Why a camera may not run, or cannot be started."""
        self._stopped = False

    def statuses(self) -> list[CameraStatus]:
        """The status of each camera, in the order of gateway.yaml."""
        return [self._status(camera_id) for camera_id in self._settings.cameras]

    def dropped(self) -> Iterator[tuple[str, Dropped]]:
        """(camera, what was dropped) for each drop since the last call."""
        return self._spools.dropped()

    def sweep(self) -> None:
        """Drop what is too old in the spools of cameras and streams that are no longer used."""
        if self._wall.checked:
            used = [running.camera for running in tuple(self._running.values())]
            self._spools.sweep(used, self._wall.now_ms())

    async def update(self, read: RegistryReading) -> None:
        """Start what can be started, stop what may not run, and give the rest its newest settings."""
        for camera_id in self._settings.cameras:
            try:
                await self._update(camera_id, self._found(camera_id, read))
            except OccupancyError as error:
                self._problems[camera_id] = str(error)
                if isinstance(error, WrongCamera):
                    await self._leave(camera_id)
            else:
                self._problems.pop(camera_id, None)

    async def set_clock(self, by_ms: int, *, whole_run: bool) -> None:
        """The wall clock was `by_ms` behind and is corrected; `whole_run`: it was wrong since the start."""
        for running in tuple(self._running.values()):
            await running.set_clock(by_ms, whole_run=whole_run)

    async def stop(self) -> None:
        """Close all cameras; deliver what is spooled, for some seconds."""
        self._stopped = True
        log.info("stopping: what waits is delivered for up to %.0f s, the rest stays", STOP_SECONDS)
        await asyncio.gather(*(running.stop(STOP_SECONDS) for running in self._running.values()))

    def _status(self, camera_id: str) -> CameraStatus:
        problem = self._problems.get(camera_id)
        running = self._running.get(camera_id)
        if running is None:
            return CameraStatus(camera_id, "failing" if problem else "starting", problem)
        status = running.status()
        if not running.is_alive and not self._stopped:
            ended = "it stopped because of a defect, and starts again when the registry is read: see the log"
            return replace(status, state="failing", problem=ended)
        return replace(status, problem=joined(problem, status.problem))

    def _found(self, camera_id: str, read: RegistryReading) -> Camera:
        """The registry's camera. Raises WrongCamera; RegistryUnread or InvalidCamera, which stop nothing."""
        found = read.cameras.get(camera_id)
        if isinstance(found, InvalidCamera):
            raise found
        if found is None and read.unread is not None:
            raise RegistryUnread(
                f"the registry could not be read, and camera {camera_id!r} is not known from before:"
                f" {read.unread}"
            )
        if found is None:
            raise WrongCamera(unregistered(camera_id))
        if wrong := other_store(found, self._settings.store):
            raise WrongCamera(wrong)
        return found

    async def _leave(self, camera_id: str) -> None:
        if running := self._running.pop(camera_id, None):
            await running.stop(STOP_SECONDS)

    async def _update(self, camera_id: str, found: Camera) -> None:
        running = self._running.get(camera_id)
        if running and running.is_alive and running.camera.sender == found.sender:
            running.camera = found
            return
        await self._leave(camera_id)  # it has another stream or none, or a defect has stopped it
        source = await asyncio.to_thread(camera, self._settings, camera_id, self._secrets)
        self._check(found, source)
        if missing := missing_frames(found, source.send):
            log.warning("camera %s: %s", camera_id, missing)
        new = self._made(found, source)
        new.start()
        self._running[camera_id] = new

    def _check(self, found: Camera, source: GatewayCamera) -> None:
        """Raises WrongCamera if the camera may not run."""
        if wrong := other_source(found, source):
            raise WrongCamera(wrong)
        for other in self._running.values():
            if found.stream_name is not None and other.camera.stream_name == found.stream_name:
                raise WrongCamera(
                    f"cameras {other.camera.camera_id!r} and {found.camera_id!r} share the stream"
                    f" {found.stream_name!r}: give each its own"
                )

    def _made(self, found: Camera, source: GatewayCamera) -> KvsCamera | PushCamera:
        spool = self._spools.of(found)
        if found.source is Source.PUSH:
            return PushCamera(found, source.address, spool, self._push_cameras)
        return KvsCamera(found, source, spool, self._kvs_cameras)
