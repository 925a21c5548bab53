"""A camera of the registry, and how far the pull and the closing have come with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingest.registry.camera import Camera


@dataclass(frozen=True)
class ImageMemory:
    """What mode `auto` remembers about GetImages.

    `asked` are the instants that were requested and have no frame yet: they may have been paid for, and are
    not requested again. `failures` counts the latest consecutive instants without a picture. GetImages is not
    called until `rests_until`.
    """

    asked: tuple[datetime, ...] = ()
    failures: int = 0
    rests_until: datetime | None = None


@dataclass(frozen=True)
class StreamMemory:
    """What KVS answered about a stream, so that no other invocation has to ask.

    `answers` has each answer (a number or a text) and its time, by question; `stream_name` is the stream that
    they are about, because the camera may get another one.
    """

    stream_name: str | None = None
    answers: Mapping[str, tuple[str | int, datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class PullCursor:
    """How far the pull has come: `until` in KVS's server time, None before the first pull.

    The next pull lists some fragments again; `decided` are the instants that no longer need them. `pending`
    says that due instants wait for video that had not arrived. `after` is the number of the fragment after
    which GetMedia continues, None if the stream's archive is read. `rate` is the bytes per second of a stream
    without retention, None if it was not measured. `stream` is what KVS said about the stream.
    """

    until: datetime | None = None
    decided: tuple[datetime, ...] = ()
    pending: bool = False
    images: ImageMemory = ImageMemory()
    after: str | None = None
    rate: int | None = None
    stream: StreamMemory = StreamMemory()


@dataclass(frozen=True)
class RegisteredCamera:
    """A camera and how far the hops have come with it; quarter hours before `closed_until` are closed."""

    camera: Camera
    revision: int = 1
    cursor: PullCursor = PullCursor()
    closed_until: datetime | None = None
