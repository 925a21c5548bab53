"""How a camera's pictures get into the cloud: what the ways have in common. This package's contract."""

from abc import abstractmethod
from collections.abc import Sequence

from infra.local.simulated_store.cameras.errors import PublishingError
from infra.local.wire.running import Running


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
