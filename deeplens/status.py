"""What the unit reports about itself, to its log and to AWS IoT: after each change, and once an hour."""

from __future__ import annotations

import json
import logging
from typing import Callable

from deeplens.common.instants import compact
from deeplens.common.status_log import StatusLog

HOUR = 3600.0
LULL = 60.0
"""The minimum of seconds between two messages: not every frame's change is reported."""

Publish = Callable[[str], bool]
"""Sends a message; returns False if it failed: then the message is repeated as soon as possible."""

logger = logging.getLogger("deeplens")


def to_log(message: str) -> bool:
    """Publish to the log, which works without AWS IoT."""
    logger.info("status %s", message)
    return True


class Reporter:
    """Reads the status log and decides when `publish` gets a message."""

    def __init__(self, camera_id: str, status_log: StatusLog, publish: Publish) -> None:
        self._camera_id, self._status_log, self._publish = camera_id, status_log, publish
        self._reported_changes = -1
        self._reported_at: float | None = None

    def step(self, now: float, waiting: int) -> None:
        """Publish the status at `now` if it is time; `waiting` is the number of frames in the spool."""
        changes = self._status_log.changes
        since = None if self._reported_at is None else now - self._reported_at
        # A clock that was set back must not silence the reporter.
        if since is not None and 0 <= since < (LULL if changes != self._reported_changes else HOUR):
            return
        if self._publish(self.message(now, waiting)):
            self._reported_at, self._reported_changes = now, changes

    def message(self, now: float, waiting: int) -> str:
        """JSON: counts since the start, frames that wait, present problems, and the last error."""
        return json.dumps(
            {
                "camera_id": self._camera_id,
                "time": compact(int(now * 1000)),
                "waiting": waiting,
                **self._status_log.counts,
                "problems": self._status_log.problems,
                "last_error": self._status_log.last_error,
            }
        )
