"""What the unit says of itself, to its log and to AWS IoT: when something changes, and once an hour."""

from __future__ import annotations

import json
import logging
from typing import Callable

from deeplens.common.instants import compact
from deeplens.common.status_log import Book

HOUR = 3600.0
LULL = 60.0
"""Seconds between two messages at least: what comes and goes with each frame is not told each time."""

Publish = Callable[[str], bool]
"""Takes a message; False where it could not, then it is told as soon as it can."""

logger = logging.getLogger("deeplens")


def to_log(message: str) -> bool:
    """Where a unit without AWS IoT says it."""
    logger.info("status %s", message)
    return True


class Reporter:
    """Looks at the book and decides when there is something to say to one who listens."""

    def __init__(self, camera_id: str, book: Book, publish: Publish) -> None:
        self._camera_id, self._book, self._publish = camera_id, book, publish
        self._told_changes = -1
        self._told_at: float | None = None

    def step(self, now: float, waiting: int) -> None:
        """Say how things stand at `now` where that is called for; `waiting` frames are in the spool."""
        changes = self._book.changes
        since = None if self._told_at is None else now - self._told_at
        # A clock that was set back must not make it fall silent.
        if since is not None and 0 <= since < (LULL if changes != self._told_changes else HOUR):
            return
        if self._publish(self.message(now, waiting)):
            self._told_at, self._told_changes = now, changes

    def message(self, now: float, waiting: int) -> str:
        """JSON: what was sent, waits and failed since the start, what is wrong, and the last error."""
        return json.dumps(
            {
                "camera_id": self._camera_id,
                "time": compact(int(now * 1000)),
                "waiting": waiting,
                **self._book.counts,
                "problems": self._book.problems,
                "last_error": self._book.last_error,
            }
        )
