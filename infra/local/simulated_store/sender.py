"""How a camera's pictures get into the cloud: what the ways have in common. This package's contract."""

from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from infra.local.wire.running import Running

_KEPT_ERRORS = 100


@dataclass(frozen=True)
class PublishingError:
    """What went wrong with one camera, as a sentence; it is tried again. `camera` is empty for all."""

    camera: str
    sentence: str

    def __str__(self) -> str:
        return f"camera {self.camera}: {self.sentence}" if self.camera else self.sentence


class Errors:
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


class Sender(Running):
    """Sends its cameras' video or pictures from `start` to `stop`, or inside a `with`."""

    @property
    @abstractmethod
    def silent(self) -> Sequence[str]:
        """Those of its cameras of which nothing has arrived yet."""

    @property
    @abstractmethod
    def errors(self) -> list[PublishingError]:
        """The latest errors, oldest first."""
