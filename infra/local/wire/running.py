"""What runs between a start and a stop, or inside a `with`: the local services, the simulated store."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Running(ABC):
    """Runs inside a `with`."""

    @abstractmethod
    def start(self) -> None:
        """Start to run."""

    @abstractmethod
    def stop(self) -> None:
        """Stop; a second call does nothing."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
