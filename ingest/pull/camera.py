"""KVS -> frame bucket, the core of the pull: one camera, from lease to release.

The function may be killed after any step: a repeated step gives the same keys.
"""

from collections.abc import Callable, Iterator

from ingest.errors import OccupancyError
from ingest.kvs.endpoints import StreamUnavailable
from ingest.pull.archive import pull_archive
from ingest.pull.auto import AutoExtractor
from ingest.pull.extraction import CameraPull, FrameExtractor, PullDependencies, Tally
from ingest.pull.fragments import FragmentExtractor
from ingest.pull.images import ImageExtractor
from ingest.pull.invocation import Invocation
from ingest.pull.media import pull_media
from ingest.registry.camera import Camera, InvalidCamera, Mode
from ingest.registry.registered import ImageMemory, PullCursor
from ingest.registry.table import CameraRegistry


class NotToBePulled(OccupancyError):
    """A camera whose video no pull reads."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(
            f"camera {camera.camera_id!r} has source {camera.source.value}: it sends its frames itself, only"
            " cameras of source kvs are pulled"
        )


def pull_camera(
    registry: CameraRegistry, dependencies: PullDependencies, camera_id: str, invocation: Invocation
) -> Tally:
    """One camera's pull, from lease to release, each look recorded once its frames are put.

    Raises UnknownCamera, InvalidCamera, LeaseHeld, LeaseLost, NotToBePulled, StreamUnavailable, NotSent and
    botocore's errors.
    """
    try:
        registered = registry.lease(camera_id, invocation.owner, invocation.now, invocation.lease)
    except InvalidCamera:  # read after it was leased
        registry.release(camera_id, invocation.owner)
        raise
    try:
        pull = CameraPull(registered.camera, stream_of(registered.camera), dependencies)

        def remember(memory: ImageMemory) -> None:
            registry.record_image_memory(camera_id, invocation.owner, memory)

        for cursor in _looks(pull, registered.cursor, invocation, remember):
            registry.record_cursor(camera_id, invocation.owner, cursor)
    except StreamUnavailable as error:
        dependencies.kvs.streams.forget(error.stream_name)
        raise
    finally:
        registry.release(camera_id, invocation.owner)
    return pull.tally


def stream_of(camera: Camera) -> str:
    """The stream that is read. Raises NotToBePulled."""
    if camera.stream_name is None:
        raise NotToBePulled(camera)
    return camera.stream_name


def _looks(
    pull: CameraPull, cursor: PullCursor, invocation: Invocation, remember: Callable[[ImageMemory], None]
) -> Iterator[PullCursor]:
    mode, streams = pull.camera.mode, pull.dependencies.kvs.streams
    kept = streams.retention(pull.stream_name)
    if mode is Mode.MEDIA or (mode is Mode.AUTO and not kept):
        return pull_media(pull, cursor, invocation, kept)
    extractor = AutoExtractor(pull, cursor.images, remember) if mode is Mode.AUTO else extractor_for(pull)
    return pull_archive(pull, extractor, cursor, invocation, streams.kept(pull.stream_name))


def extractor_for(pull: CameraPull) -> FrameExtractor:
    """What takes frames out of the archive without a memory: pictures in mode `images`, else fragments."""
    return ImageExtractor(pull) if pull.camera.mode is Mode.IMAGES else FragmentExtractor(pull)
