"""The common interface of all senders of video or pictures into the cloud."""

from abc import abstractmethod
from collections.abc import Sequence

from infra.local.simulated_store.cameras.errors import PublishingError
from infra.local.wire.running import Running


class Sender(Running):
    """Sends video or pictures of its cameras from `start` to `stop`, or inside a `with`."""

    @property
    @abstractmethod
    def silent(self) -> Sequence[str]:
        """The cameras from which nothing has arrived yet."""

    @property
    @abstractmethod
    def errors(self) -> list[PublishingError]:
        """The latest errors, oldest first."""
