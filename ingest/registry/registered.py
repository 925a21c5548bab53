"""A camera of the registry, and how far the pull and the closing have come with it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ingest.registry.camera import Camera


@dataclass(frozen=True)
class ImageMemory:
    """What mode `auto` remembers of GetImages.

    `asked` are instants that were asked for, and may have been paid for, and have no frame yet: they are not
    asked for again. `failures` counts the latest instants in a row without a picture; until `rests_until`
    nothing is asked.
    """

    asked: tuple[datetime, ...] = ()
    failures: int = 0
    rests_until: datetime | None = None


@dataclass(frozen=True)
class PullCursor:
    """How far the pull has come: `until` in KVS's server time, None before the first cursor.

    `taken` are the instants taken out of the fragments that the next look will list again; `pending` says
    that due instants wait for video that had not arrived. `after` is the number of the fragment behind which
    GetMedia goes on, None where the stream's archive is read.
    """

    until: datetime | None = None
    taken: tuple[datetime, ...] = ()
    pending: bool = False
    images: ImageMemory = ImageMemory()
    after: str | None = None


@dataclass(frozen=True)
class RegisteredCamera:
    """A camera and how far the hops have come with it; its quarter hours before `closed_until` are closed."""

    camera: Camera
    revision: int = 1
    cursor: PullCursor = PullCursor()
    closed_until: datetime | None = None
