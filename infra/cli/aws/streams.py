"""The KVS streams behind the cameras: whether one is there, and creating it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, Mode

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient
    from mypy_boto3_kinesisvideo.type_defs import StreamInfoTypeDef

RETENTION_HOURS = 24
_WAIT_SECONDS = 120
_LISTED = 10


class StreamUnusable(OccupancyError):
    """A stream that does not exist, is being deleted or does not become active."""


class State(StrEnum):
    """Whether a stream can be read, now or soon."""

    THERE = "there"
    MISSING = "missing"
    DELETING = "deleting"


class Streams:
    """The account's streams in one region. `sleep` takes seconds."""

    def __init__(self, kinesisvideo: "KinesisVideoClient", sleep: Callable[[float], None]) -> None:
        self._kinesisvideo = kinesisvideo
        self._sleep = sleep

    def state(self, name: str) -> State:
        """Whether the stream is there, and to stay."""
        stream = self._describe(name)
        if stream is None:
            return State.MISSING
        return State.DELETING if stream["Status"] == "DELETING" else State.THERE

    def exists(self, name: str) -> bool:
        """Whether the stream is there. Raises StreamUnusable where it is being deleted."""
        state = self.state(name)
        if state is State.DELETING:
            raise StreamUnusable(
                f"stream {name!r} is being deleted: wait until it is gone, then create it by --create-stream,"
                " or name another one"
            )
        return state is State.THERE

    def require(self, name: str) -> None:
        """Raises StreamUnusable where the stream does not exist or is being deleted."""
        if not self.exists(name):
            raise StreamUnusable(
                f"stream {name!r} does not exist in {self._kinesisvideo.meta.region_name}: create it by"
                " --create-stream, or name the one you have"
            )

    def warning(self, cameras: Iterable[Camera]) -> str | None:
        """What the operator should know of the streams of the cameras, as far as they exist."""
        versions: dict[str, str] = {}
        for camera in cameras:
            stream = self._describe(camera.stream_name) if camera.stream_name else None
            if stream and not stream["DataRetentionInHours"] and camera.mode is not Mode.MEDIA:
                versions[stream["StreamName"]] = stream["Version"]
        return no_retention(versions) if versions else None

    def create(self, name: str) -> None:
        """Start the creation of a stream that keeps its video for a day."""
        self._kinesisvideo.create_stream(
            StreamName=name, DataRetentionInHours=RETENTION_HOURS, MediaType="video/h264"
        )

    def wait_active(self, name: str) -> None:
        """Wait until a created stream is active. Raises StreamUnusable after two minutes."""
        for _ in range(_WAIT_SECONDS):
            stream = self._describe(name)
            if stream is not None and stream["Status"] == "ACTIVE":
                return
            self._sleep(1)
        raise StreamUnusable(
            f"stream {name!r} is not active after {_WAIT_SECONDS} s: look at it in the KVS console, try again"
        )

    def _describe(self, name: str) -> "StreamInfoTypeDef | None":
        try:
            return self._kinesisvideo.describe_stream(StreamName=name)["StreamInfo"]
        except self._kinesisvideo.exceptions.ResourceNotFoundException:
            return None


def no_retention(versions: Mapping[str, str]) -> str:
    """That streams keep no video, and how to change it; stream -> its version, as the API asks for it."""
    if len(versions) == 1:
        ((name, version),) = versions.items()
        which, them = f"stream {name!r} keeps", "it"
    else:
        name, version = "STREAM", "VERSION"
        which, them = f"{len(versions)} streams, {listed(versions)}, keep", "them"
    each = "" if len(versions) == 1 else " for each, VERSION being that of `aws kinesisvideo describe-stream`"
    return (
        f"{which} no video (retention 0 h): only --mode media can read {them}, and what it misses is lost."
        f" Keep a day by `aws kinesisvideo update-data-retention --stream-name {name} --current-version"
        f" {version} --operation INCREASE_DATA_RETENTION --data-retention-change-in-hours {RETENTION_HOURS}`"
        f"{each}"
    )


def missing_streams(names: Sequence[str]) -> str:
    """That a file's streams do not exist, and what to do."""
    which = f"1 stream does not exist yet: {names[0]}: create it"
    if len(names) > 1:
        which = f"{len(names)} streams do not exist yet: {listed(names)}: create them"
    return f"{which}, or import with --create-streams"


def dying_streams(names: Sequence[str]) -> str:
    """That a file's streams are being deleted, and what to do."""
    if len(names) == 1:
        return f"1 stream is being deleted: {names[0]}: wait until it is gone, or name another one"
    return (
        f"{len(names)} streams are being deleted: {listed(names)}: wait until they are gone, or name others"
    )


def listed(names: Collection[str]) -> str:
    """The first ten, and how many more."""
    more = len(names) - _LISTED
    return ", ".join([*names][:_LISTED]) + (f" and {more} more" if more > 0 else "")
