"""The unit's own state, counts and problems: its threads write it, `status.py` reports it."""

from __future__ import annotations

import logging
from threading import Lock

logger = logging.getLogger("deeplens")


class StatusLog:
    """Counts since the start, and one sentence for each part of the unit that has a problem now.

    A problem is logged when it begins and when it ends, not each time it is reported. For several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts = {"sent": 0, "failed": 0, "dropped": 0, "missed": 0}
        self._problems: dict[str, str] = {}
        self._last_error = ""
        self._changes = 0

    def count(self, what: str, number: int = 1) -> None:
        """Count frames `sent`, uploads `failed`, frames `dropped` or due instants `missed`."""
        with self._lock:
            self._counts[what] += number

    def problem(self, part: str, sentence: str) -> None:
        """Report that a part has a problem; the unit keeps running."""
        with self._lock:
            if self._problems.get(part) == sentence:
                return
            self._problems[part] = self._last_error = sentence
            self._changes += 1
        logger.warning("%s: %s", part, sentence)

    def fine(self, part: str) -> None:
        """Report that a part works, and so end its problem."""
        with self._lock:
            if self._problems.pop(part, None) is None:
                return
            self._changes += 1
        logger.info("%s: works again", part)

    def happened(self, part: str, sentence: str) -> None:
        """Report an event that does not last, such as a clock that was set back."""
        with self._lock:
            self._last_error = sentence
            self._changes += 1
        logger.warning("%s: %s", part, sentence)

    @property
    def counts(self) -> dict[str, int]:
        """The counts since the start."""
        with self._lock:
            return dict(self._counts)

    @property
    def problems(self) -> dict[str, str]:
        """The present problems: part -> sentence."""
        with self._lock:
            return dict(self._problems)

    @property
    def last_error(self) -> str:
        """The latest sentence, even if its problem is over; empty if there was none."""
        with self._lock:
            return self._last_error

    @property
    def changes(self) -> int:
        """How many times a problem began or ended, or an event happened."""
        with self._lock:
            return self._changes
