"""What runs between a start and a stop, also as a `with`: the local services, the simulated store."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Running(ABC):
    """Runs inside a `with`."""

    @abstractmethod
    def start(self) -> None:
        """From now on."""

    @abstractmethod
    def stop(self) -> None:
        """A second time does nothing."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
