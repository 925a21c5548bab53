"""The KVS streams behind the cameras: whether one is there, and creating it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ingest.cameras import Camera, Mode
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient
    from mypy_boto3_kinesisvideo.type_defs import StreamInfoTypeDef

RETENTION_HOURS = 24
_WAIT_SECONDS = 120


class StreamUnusable(OccupancyError):
    """A stream that does not exist, is being deleted or does not become active."""


class Streams:
    """The account's streams in one region. `sleep` takes seconds."""

    def __init__(self, kinesisvideo: "KinesisVideoClient", sleep: Callable[[float], None]) -> None:
        self._kinesisvideo = kinesisvideo
        self._sleep = sleep

    def exists(self, name: str) -> bool:
        """Whether the stream is there. Raises StreamUnusable where it is being deleted."""
        stream = self._describe(name)
        if stream is not None and stream["Status"] == "DELETING":
            raise StreamUnusable(
                f"stream {name!r} is being deleted: wait until it is gone, then create it by --create-stream,"
                " or name another one"
            )
        return stream is not None

    def require(self, name: str) -> None:
        """Raises StreamUnusable where the stream does not exist or is being deleted."""
        if not self.exists(name):
            raise StreamUnusable(
                f"stream {name!r} does not exist in {self._kinesisvideo.meta.region_name}: create it by"
                " --create-stream, or name the one you have"
            )

    def warning(self, camera: Camera) -> str | None:
        """What the operator should know of the camera's stream, which exists."""
        stream = self._describe(camera.stream_name) if camera.stream_name else None
        if stream is None or stream["DataRetentionInHours"] > 0 or camera.mode is Mode.MEDIA:
            return None
        return (
            f"stream {camera.stream_name!r} keeps no video (retention 0 h): only --mode media can read it,"
            " and what it misses is lost. Keep a day by `aws kinesisvideo update-data-retention"
            f" --stream-name {camera.stream_name} --current-version {stream['Version']}"
            f" --operation INCREASE_DATA_RETENTION --data-retention-change-in-hours {RETENTION_HOURS}`"
        )

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
