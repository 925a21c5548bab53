"""Gateway -> log: one line for each change of a camera's state, and for what was dropped."""

import logging
from collections.abc import Iterable

from ingest.gateway.spool.entries import Dropped
from ingest.gateway.status import CameraStatus
from ingest.times import from_millis, to_text

log = logging.getLogger("occupancy.gateway")


class StatusLog:
    """Remembers what it has logged about each camera."""

    def __init__(self) -> None:
        self._logged: dict[str, tuple[str, str | None]] = {}

    def statuses(self, statuses: Iterable[CameraStatus]) -> None:
        """Log what has changed."""
        for status in statuses:
            logged = status.state, status.problem
            if self._logged.get(status.camera) == logged:
                continue
            self._logged[status.camera] = logged
            if status.problem:
                log.warning("camera %s: %s: %s", status.camera, status.state, status.problem)
            else:
                video = f" ({status.codec} {status.width}x{status.height})" if status.width else ""
                log.info("camera %s: %s%s", status.camera, status.state, video)

    @staticmethod
    def dropped(dropped: Iterable[tuple[str, Dropped]]) -> None:
        """Log what was dropped: (camera, what and why)."""
        for camera_id, span in dropped:
            first, last = to_text(from_millis(span.first_ms)), to_text(from_millis(span.last_ms))
            log.warning(
                "camera %s: %d given up, from %s to %s: %s", camera_id, span.count, first, last, span.reason
            )

    @staticmethod
    def clock(behind_ms: int) -> None:
        """Log that this box's clock was wrong."""
        way = "behind" if behind_ms > 0 else "ahead of"
        log.warning(
            "clock: this box is %.1f s %s AWS, whose time is used from now on: set up its NTP",
            abs(behind_ms) / 1000,
            way,
        )
