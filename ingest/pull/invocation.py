"""One invocation of the pull, and the cursor of a camera whose lease it holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingest.registry.registered import ImageMemory, PullCursor, StreamMemory

if TYPE_CHECKING:
    from ingest.registry.table import CameraRegistry


@dataclass(frozen=True)
class Invocation:
    """Who pulls, when the pull began, how long its lease lasts, and whether time is left."""

    owner: str
    now: datetime
    lease: timedelta
    time_left: Callable[[], bool]


class LeasedCursor:
    """How far the pull of one camera has come: the only copy while the lease is held.

    `released` says that the lease went with the last record.
    """

    def __init__(
        self,
        registry: "CameraRegistry",
        camera_id: str,
        owner: str,
        value: PullCursor,
        stream: Callable[[], StreamMemory],
    ) -> None:
        self._registry = registry
        self._camera_id = camera_id
        self._owner = owner
        self._stream = stream
        self.value = value
        self.released = False

    def record(self, value: PullCursor, *, last: bool = False) -> None:
        """Store how far the pull has come, and what KVS has said about the stream. Raises LeaseLost.

        The `last` record also releases the lease: nothing may be written after it.
        """
        value = replace(value, stream=self._stream())
        self._registry.record_cursor(self._camera_id, self._owner, value, release=last)
        self.value, self.released = value, last

    def record_images(self, images: ImageMemory) -> None:
        """Store the instants that GetImages is about to be called for, nothing else. Raises LeaseLost."""
        self._registry.record_image_memory(self._camera_id, self._owner, images)
        self.keep_images(images)

    def keep_images(self, images: ImageMemory) -> None:
        """Keep what is known about GetImages until the next `record` stores it."""
        self.value = replace(self.value, images=images)
