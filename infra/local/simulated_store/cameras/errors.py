"""What goes wrong with the cameras, as sentences; the latest ones are kept."""

from collections import deque
from dataclasses import dataclass
from threading import Lock

_KEPT_ERRORS = 100


@dataclass(frozen=True)
class PublishingError:
    """What went wrong with one camera, as a sentence; it is tried again. `camera` is empty for all."""

    camera: str
    sentence: str

    def __str__(self) -> str:
        return f"camera {self.camera}: {self.sentence}" if self.camera else self.sentence


class RecentErrors:
    """The latest errors. For all threads."""

    def __init__(self) -> None:
        self._errors: deque[PublishingError] = deque(maxlen=_KEPT_ERRORS)
        self._lock = Lock()

    def add(self, camera: str, sentence: str) -> None:
        """One more."""
        with self._lock:
            self._errors.append(PublishingError(camera, sentence))

    def latest(self) -> list[PublishingError]:
        """Oldest first."""
        with self._lock:
            return list(self._errors)
