"""Camera -> KVS: the spools of a gateway's cameras, and of cameras that it no longer has."""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress

from ingest.gateway.config.settings import GatewaySettings
from ingest.gateway.spool.entries import Dropped
from ingest.gateway.spool.folder import SpoolUnusable
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.registry.camera import NAME, STREAM_NAME, Camera

_FOLDER = re.compile(rf"{NAME.pattern}(?:@{STREAM_NAME.pattern})?")


class CameraSpools:
    """One spool for each camera and stream, so that a new stream gets nothing meant for the old one."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._directory = settings.spool.directory
        self._bounds = Bounds(settings.spool_share, round(settings.spool.max_age_hours * 3_600_000))
        self._opened: dict[str, Spool] = {}
        self._dropped: list[tuple[str, Dropped]] = []

    def of(self, camera: Camera) -> Spool:
        """The camera's spool, with an equal share of the disk. Raises SpoolUnusable."""
        return self._spool(_folder(camera))

    def sweep(self, used: Collection[Camera], now_ms: int) -> None:
        """Drop what is too old in the spools that no camera uses, and delete those that are empty.

        `now_ms` must be the right time.
        """
        folders = {_folder(camera) for camera in used}
        for name in sorted(self._found() - folders):
            with suppress(SpoolUnusable):  # it belongs to somebody else
                spool = self._spool(name)
                spool.expire(now_ms)
                if not len(spool):
                    self._remove(name)

    def dropped(self) -> Iterator[tuple[str, Dropped]]:
        """(camera, what was dropped) for each drop since the last call."""
        for name in self._opened:
            self._take_dropped(name)
        dropped, self._dropped = self._dropped, []
        yield from dropped

    def _spool(self, name: str) -> Spool:
        if name not in self._opened:
            self._opened[name] = Spool(self._directory / name, self._bounds)
        return self._opened[name]

    def _found(self) -> set[str]:
        try:
            entries = [path for path in self._directory.iterdir() if path.is_dir() and not path.is_symlink()]
        except OSError:  # each camera's own spool reports it
            return set()
        return {path.name for path in entries if _FOLDER.fullmatch(path.name)}

    def _remove(self, name: str) -> None:
        self._take_dropped(name)
        self._opened.pop(name).close()

    def _take_dropped(self, name: str) -> None:
        self._dropped += [(name.partition("@")[0], dropped) for dropped in self._opened[name].take_dropped()]


def _folder(camera: Camera) -> str:
    return f"{camera.camera_id}@{camera.stream_name}" if camera.stream_name else camera.camera_id
