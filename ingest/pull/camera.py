"""KVS -> frame bucket, the core of the pull: a camera's looks in its turn, each recorded once it is done.

Every step may be the last before a kill: done again it gives the same keys.
"""

from collections.abc import Callable, Iterator

from ingest.errors import OccupancyError
from ingest.kvs.endpoints import StreamUnavailable
from ingest.pull.archive import archive_looks
from ingest.pull.auto import AutoTaker
from ingest.pull.extraction import Output, Ports, Taker, Tally
from ingest.pull.fragments import FragmentTaker
from ingest.pull.images import ImageTaker
from ingest.pull.invocation import Turn
from ingest.pull.media import media_looks
from ingest.registry.camera import Camera, InvalidCamera, Mode
from ingest.registry.items import ImageMemory, Look
from ingest.registry.table import CameraRegistry


class NotToBePulled(OccupancyError):
    """A camera whose video no pull reads."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(
            f"camera {camera.camera_id!r} has source {camera.source.value}: it sends its frames itself, only"
            " cameras of source kvs are pulled"
        )


def pull(registry: CameraRegistry, ports: Ports, camera_id: str, turn: Turn) -> Tally:
    """One camera's pull, from lease to release, each look recorded once its frames are put.

    Raises UnknownCamera, InvalidCamera, LeaseHeld, LeaseLost, NotToBePulled, StreamUnavailable, NotSent and
    botocore's errors.
    """
    try:
        registered = registry.lease(camera_id, turn.owner, turn.now, turn.lease)
    except InvalidCamera:  # read after it was leased
        registry.release(camera_id, turn.owner)
        raise
    try:
        output = Output(registered.camera, stream_of(registered.camera), ports)

        def remember(memory: ImageMemory) -> None:
            registry.record_asked(camera_id, turn.owner, memory)

        for look in _looks(output, registered.look, turn, remember):
            registry.record_look(camera_id, turn.owner, look)
    except StreamUnavailable as error:
        ports.kvs.streams.forget(error.stream_name)
        raise
    finally:
        registry.release(camera_id, turn.owner)
    return output.tally


def stream_of(camera: Camera) -> str:
    """The stream that is read. Raises NotToBePulled."""
    if camera.stream_name is None:
        raise NotToBePulled(camera)
    return camera.stream_name


def _looks(output: Output, look: Look, turn: Turn, remember: Callable[[ImageMemory], None]) -> Iterator[Look]:
    mode, streams = output.camera.mode, output.ports.kvs.streams
    kept = streams.retention(output.stream_name)
    if mode is Mode.MEDIA or (mode is Mode.AUTO and not kept):
        return media_looks(output, look, turn, kept)
    taker = AutoTaker(output, look.images, remember) if mode is Mode.AUTO else taker_of(output)
    return archive_looks(output, taker, look, turn, streams.kept(output.stream_name))


def taker_of(output: Output) -> Taker:
    """What takes frames out of the archive without a memory: pictures in mode `images`, else fragments."""
    return ImageTaker(output) if output.camera.mode is Mode.IMAGES else FragmentTaker(output)
