"""KVS -> frame bucket, the core of the pull: one camera, from lease to release.

The function may be killed after any step: a repeated step gives the same keys.
"""

from collections.abc import Callable

from ingest.errors import OccupancyError
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.throttling import THROTTLES
from ingest.pull.archive import pull_archive
from ingest.pull.auto import AutoExtractor
from ingest.pull.extraction import CameraPull, FrameExtractor, PullDependencies, Tally
from ingest.pull.fragments import FragmentExtractor
from ingest.pull.images import ImageExtractor
from ingest.pull.invocation import Invocation, LeasedCursor
from ingest.pull.media import pull_media
from ingest.registry.camera import Camera, InvalidCamera, Mode
from ingest.registry.registered import StreamMemory
from ingest.registry.table import CameraRegistry


class NotAKvsCamera(OccupancyError):
    """A camera whose source is not KVS: the pull does not read it."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(
            f"camera {camera.camera_id!r} has source {camera.source.value}: it sends its frames itself, only"
            " cameras of source kvs are pulled"
        )


def pull_camera(
    registry: CameraRegistry, dependencies: PullDependencies, camera_id: str, invocation: Invocation
) -> Tally:
    """Pull one camera, from lease to release. Its cursor is recorded each time frames have been put.

    Raises UnknownCamera, InvalidCamera, LeaseHeld, LeaseLost, NotAKvsCamera, StreamUnavailable, NotSent and
    botocore's errors.
    """
    owner = invocation.owner
    try:
        registered = registry.lease(camera_id, owner, invocation.now, invocation.lease)
    except InvalidCamera:  # the item is read after the lease was taken
        registry.release(camera_id, owner)
        raise
    contradicted, cursor = False, None
    try:
        pull = CameraPull(registered.camera, stream_of(registered.camera), dependencies)
        remembered = _learn(pull, registered.cursor.stream)
        cursor = LeasedCursor(registry, camera_id, owner, registered.cursor, remembered)
        _pull(pull, cursor, invocation)
    except StreamUnavailable as error:
        # A throttled stream is what it was: to ask about it again would only add calls.
        contradicted = error.code not in THROTTLES
        if contradicted:
            dependencies.kvs.known.forget(error.stream_name)
        raise
    finally:
        if cursor is None or not cursor.released:
            registry.release(camera_id, owner, forget_stream=contradicted)
    return pull.tally


def _learn(pull: CameraPull, stored: StreamMemory) -> Callable[[], StreamMemory]:
    """Load the registry's answers about the stream; return a function that gives all answers known so far."""
    known, stream_name = pull.dependencies.kvs.known, pull.stream_name
    if stored.stream_name == stream_name:
        known.learn(stream_name, stored.answers)
    return lambda: StreamMemory(stream_name, known.answers(stream_name))


def stream_of(camera: Camera) -> str:
    """The name of the camera's stream. Raises NotAKvsCamera."""
    if camera.stream_name is None:
        raise NotAKvsCamera(camera)
    return camera.stream_name


def extractor_for(pull: CameraPull) -> FrameExtractor:
    """The extractor without a memory: GetImages in mode `images`, else fragments."""
    return ImageExtractor(pull) if pull.camera.mode is Mode.IMAGES else FragmentExtractor(pull)


def _pull(pull: CameraPull, cursor: LeasedCursor, invocation: Invocation) -> None:
    mode, streams = pull.camera.mode, pull.dependencies.kvs.streams
    retention = streams.retention(pull.stream_name)
    if mode is Mode.MEDIA or (mode is Mode.AUTO and not retention):
        pull_media(pull, cursor, invocation, retention)
    else:
        extractor = AutoExtractor(pull, cursor) if mode is Mode.AUTO else extractor_for(pull)
        pull_archive(pull, extractor, cursor, invocation, streams.archive_retention(pull.stream_name))
