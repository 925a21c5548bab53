"""The KVS streams of the cameras: their state, and how they are created."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from infra.cli.aws.stack import DEFAULT_STACK
from infra.cli.terminal.texts import listed
from infra.iam.functions import STREAM_TAG
from ingest.aws.failures import member
from ingest.errors import OccupancyError
from ingest.kvs.throttling import ACCOUNT_WAITS, waiting_out_throttle
from ingest.registry.camera import Camera, Mode

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient
    from mypy_boto3_kinesisvideo.type_defs import StreamInfoTypeDef

RETENTION_HOURS = 24
_WAIT_SECONDS = 120


class StreamUnusable(OccupancyError):
    """A stream that does not exist, is being deleted or does not become active."""


class StreamState(StrEnum):
    """Whether a stream can be read, now or soon."""

    EXISTS = "exists"
    MISSING = "missing"
    DELETING = "deleting"


class TagState(StrEnum):
    """Whose tag a stream has."""

    OURS = "ours"
    NONE = "none"
    OTHER = "other"
    MISSING = "missing"
    """The stream itself does not exist."""


class CameraStreams:
    """The KVS streams of an account in one region. `sleep` takes seconds.

    New streams get the tag of the stack `stack_name`, which allows its pull to read them.
    """

    def __init__(
        self,
        kinesisvideo: "KinesisVideoClient",
        sleep: Callable[[float], None],
        stack_name: str = DEFAULT_STACK,
    ) -> None:
        self._kinesisvideo = kinesisvideo
        self._sleep = sleep
        self._stack_name = stack_name

    def state(self, name: str) -> StreamState:
        """Whether the stream exists, is missing or is being deleted."""
        stream = self._describe(name)
        if stream is None:
            return StreamState.MISSING
        return StreamState.DELETING if stream["Status"] == "DELETING" else StreamState.EXISTS

    def exists(self, name: str) -> bool:
        """Whether the stream exists. Raises StreamUnusable if it is being deleted."""
        state = self.state(name)
        if state is StreamState.DELETING:
            raise StreamUnusable(
                f"stream {name!r} is being deleted: wait until it is gone, then create it with"
                " --create-stream, or name another one"
            )
        return state is StreamState.EXISTS

    def require(self, name: str) -> None:
        """Raise StreamUnusable if the stream does not exist or is being deleted."""
        if not self.exists(name):
            raise StreamUnusable(
                f"stream {name!r} does not exist in {self._kinesisvideo.meta.region_name}: create it with"
                " --create-stream, or name an existing one"
            )

    def warning(self, cameras: Iterable[Camera]) -> str | None:
        """A warning if existing streams of the cameras keep no video although their mode needs it."""
        versions: dict[str, str] = {}
        for camera in cameras:
            stream = self._describe(camera.stream_name) if camera.stream_name else None
            if stream and not stream["DataRetentionInHours"] and camera.mode is not Mode.MEDIA:
                versions[stream["StreamName"]] = stream["Version"]
        return no_retention(versions) if versions else None

    def create(self, name: str) -> None:
        """Start to create a stream that keeps its video for a day."""
        self._kinesisvideo.create_stream(
            StreamName=name,
            DataRetentionInHours=RETENTION_HOURS,
            MediaType="video/h264",
            Tags={STREAM_TAG: self._stack_name},
        )

    @property
    def tag_text(self) -> str:
        """The tag of this stack, as `store-occupancy=STACK`."""
        return f"{STREAM_TAG}={self._stack_name}"

    def tag_state(self, name: str) -> TagState:
        """Whether the stream has the tag of this stack, of another stack, or none."""
        return stream_tag_state(self._kinesisvideo, name, self._stack_name)

    def tag(self, name: str) -> None:
        """Give the stream the tag of this stack."""
        self._kinesisvideo.tag_stream(StreamName=name, Tags={STREAM_TAG: self._stack_name})

    def wait_active(self, name: str) -> None:
        """Wait until a created stream is active. Raises StreamUnusable after two minutes."""
        for _ in range(_WAIT_SECONDS):
            stream = self._describe(name)
            if stream is not None and stream["Status"] == "ACTIVE":
                return
            self._sleep(1)
        raise StreamUnusable(
            f"stream {name!r} is not active after {_WAIT_SECONDS} s: check it in the KVS console and try"
            " again"
        )

    def _describe(self, name: str) -> "StreamInfoTypeDef | None":
        try:
            info: StreamInfoTypeDef = waiting_out_throttle(
                lambda: member(self._kinesisvideo.describe_stream(StreamName=name), "StreamInfo"),
                ACCOUNT_WAITS,
                self._sleep,
            )
        except self._kinesisvideo.exceptions.ResourceNotFoundException:
            return None
        return info


def stream_tag_state(kinesisvideo: "KinesisVideoClient", name: str, stack_name: str) -> TagState:
    """Whether a stream has the tag of a stack, of another one, or none."""
    try:
        tags = kinesisvideo.list_tags_for_stream(StreamName=name)["Tags"]
    except kinesisvideo.exceptions.ResourceNotFoundException:
        return TagState.MISSING
    if STREAM_TAG not in tags:
        return TagState.NONE
    return TagState.OURS if tags[STREAM_TAG] == stack_name else TagState.OTHER


def retention_command(name: str, version: str) -> str:
    """The command that makes a stream keep its video for a day; the API asks for the stream's version."""
    return (
        f"`aws kinesisvideo update-data-retention --stream-name {name} --current-version {version}"
        " --operation INCREASE_DATA_RETENTION --data-retention-change-in-hours"
        f" {RETENTION_HOURS}`"
    )


def no_retention(versions: Mapping[str, str]) -> str:
    """Message for streams that keep no video, by name with their version."""
    if len(versions) == 1:
        ((name, version),) = versions.items()
        return (
            f"stream {name!r} keeps no video (retention 0 h): only --mode media can read it, and what it"
            f" misses is lost. To keep a day, run {retention_command(name, version)}"
        )
    return (
        f"{len(versions)} streams, {listed(versions)}, keep no video (retention 0 h): only --mode media can"
        f" read them, and what it misses is lost. To keep a day, run {retention_command('STREAM', 'VERSION')}"
        " for each; `aws kinesisvideo describe-stream` shows its VERSION"
    )


def missing_streams(names: Sequence[str]) -> str:
    """Message for streams of a file that do not exist."""
    if len(names) == 1:
        return f"1 stream does not exist yet: {names[0]}: create it, or import with --create-streams"
    return (
        f"{len(names)} streams do not exist yet: {listed(names)}: create them, or import with"
        " --create-streams"
    )


def deleting_streams(names: Sequence[str]) -> str:
    """Message for streams of a file that are being deleted."""
    if len(names) == 1:
        return f"1 stream is being deleted: {names[0]}: wait until it is gone, or name another one"
    return (
        f"{len(names)} streams are being deleted: {listed(names)}: wait until they are gone, or name others"
    )
