"""Registry -> gateway: the cameras of gateway.yaml, from the registry or its last answer."""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.aws.failures import AWS_FAILURES
from ingest.gateway import registry_cache
from ingest.gateway.uplink.refusals import sentence
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.table import CameraRegistry

log = logging.getLogger("occupancy.gateway")


@dataclass(frozen=True)
class RegistryReading:
    """The registry's last answer. `unread`: why it could not be read since the start."""

    cameras: Mapping[str, Camera | InvalidCamera]
    unread: str | None = None


class RegistryReader:
    """Reads the registry, and keeps its answer in the file `cache` for a start without network."""

    def __init__(self, registry: CameraRegistry, camera_ids: Collection[str], cache: Path) -> None:
        self._registry = registry
        self._camera_ids = camera_ids
        self._cache = cache
        self._last: RegistryReading | None = None
        self.problem: str | None = None
        """Why the registry could not be read the last time."""

    def read(self) -> RegistryReading:
        """Read the registry. Raises nothing: a failure is logged, and the last answer is returned."""
        try:
            found = self._registry.get_many(self._camera_ids)
        except AWS_FAILURES as error:
            return self._unread(sentence(error))
        if self.problem is not None:
            log.info("registry: read again")
        self.problem = None
        with suppress(OSError):  # the disk is full: only a start without network will miss the file
            registry_cache.store(
                self._cache, [camera for camera in found.values() if isinstance(camera, Camera)]
            )
        self._last = RegistryReading(found)
        return self._last

    def _unread(self, problem: str) -> RegistryReading:
        cached = registry_cache.stored(self._cache)
        if self.problem is None:
            known = self._last is not None or cached is not None
            consequence = "going on with what it said last" if known else "no camera can be started before"
            log.warning("registry: %s; %s", problem, consequence)
        self.problem = problem
        return self._last or RegistryReading(cached or {}, problem)
