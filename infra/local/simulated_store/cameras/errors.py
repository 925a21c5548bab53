"""Errors of the cameras as sentences; the latest are kept."""

from collections import deque
from dataclasses import dataclass
from threading import Lock

_MAX_ERRORS = 100


@dataclass(frozen=True)
class PublishingError:
    """An error of a camera, as a sentence; it is retried. `camera` is empty if it concerns all cameras."""

    camera: str
    sentence: str

    def __str__(self) -> str:
        return f"camera {self.camera}: {self.sentence}" if self.camera else self.sentence


class RecentErrors:
    """The latest errors. Thread-safe."""

    def __init__(self) -> None:
        self._errors: deque[PublishingError] = deque(maxlen=_MAX_ERRORS)
        self._lock = Lock()

    def add(self, camera: str, sentence: str) -> None:
        """Add an error."""
        with self._lock:
            self._errors.append(PublishingError(camera, sentence))

    def latest(self) -> list[PublishingError]:
        """The latest errors, oldest first."""
        with self._lock:
            return list(self._errors)
