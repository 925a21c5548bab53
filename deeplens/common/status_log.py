"""What the unit knows of its own state: counts and problems, noted by its threads, told by `status.py`."""

from __future__ import annotations

import logging
from threading import Lock

logger = logging.getLogger("deeplens")


class Book:
    """Counts since the start, and for each part of the unit the sentence of what is wrong with it now.

    A sentence is logged when it comes and when it goes, not each time that it still holds.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts = {"sent": 0, "failed": 0, "dropped": 0, "missed": 0}
        self._problems: dict[str, str] = {}
        self._last_error = ""
        self._changes = 0

    def count(self, what: str, number: int = 1) -> None:
        """One more frame `sent`, upload `failed`, frame `dropped` or due instant `missed`."""
        with self._lock:
            self._counts[what] += number

    def problem(self, part: str, sentence: str) -> None:
        """Something is wrong with a part; the unit goes on."""
        with self._lock:
            if self._problems.get(part) == sentence:
                return
            self._problems[part] = self._last_error = sentence
            self._changes += 1
        logger.warning("%s: %s", part, sentence)

    def fine(self, part: str) -> None:
        """Nothing is wrong with a part, any more."""
        with self._lock:
            if self._problems.pop(part, None) is None:
                return
            self._changes += 1
        logger.info("%s: all is well again", part)

    def happened(self, part: str, sentence: str) -> None:
        """Something that does not last, as a clock's leap."""
        with self._lock:
            self._last_error = sentence
            self._changes += 1
        logger.warning("%s: %s", part, sentence)

    @property
    def counts(self) -> dict[str, int]:
        """Since the start."""
        with self._lock:
            return dict(self._counts)

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong now, by part."""
        with self._lock:
            return dict(self._problems)

    @property
    def last_error(self) -> str:
        """The latest sentence, also where it does not hold any more; empty where there was none."""
        with self._lock:
            return self._last_error

    @property
    def changes(self) -> int:
        """How many times something came, went or happened."""
        with self._lock:
            return self._changes
