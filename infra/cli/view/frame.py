"""The frame of the preview, as a JPEG or PNG and as pixels, from bytes or from a file."""

from dataclasses import dataclass
from pathlib import Path

from av import FFmpegError

from infra.local.rekognition.detectors.detection import Image
from infra.local.rekognition.errors import InvalidImageFormatException, InvalidParameterException
from infra.local.rekognition.image import decode
from infra.local.simulated_store.cameras.reading import pictures
from ingest.errors import OccupancyError
from ingest.jpeg import JpegEncoder

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"


class UnviewableFrame(OccupancyError, ValueError):
    """A file or an image of a stream that is not a picture; the sentence names it."""


@dataclass(frozen=True)
class PreviewFrame:
    """One JPEG or PNG, its pixels, and a phrase that says where it comes from."""

    data: bytes
    pixels: Image
    origin: str

    @property
    def content_type(self) -> str:
        """The content type for HTTP."""
        return "image/png" if self.data.startswith(_PNG) else "image/jpeg"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height


def still(data: bytes, name: str, origin: str) -> PreviewFrame:
    """A JPEG or PNG as a frame. Raises UnviewableFrame, which calls it `name`."""
    try:
        return PreviewFrame(data, decode(data), origin)
    except InvalidImageFormatException as error:
        raise UnviewableFrame(f"{name} is damaged: it cannot be decoded as JPEG or PNG") from error
    except InvalidParameterException as error:
        raise UnviewableFrame(f"{name} has a size that no detector takes: {error}") from error


def from_file(path: Path) -> PreviewFrame:
    """A picture or the first frame of a video. Raises UnviewableFrame or UnopenableVideo."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_PNG))
            picture = head + file.read() if head.startswith((_JPEG, _PNG)) else None
    except OSError as error:
        raise UnviewableFrame(f"{path} cannot be read: {error.strerror}") from error
    if picture is not None:
        return still(picture, str(path), path.name)
    return still(_first_frame(path), str(path), f"first frame of {path.name}")


def _first_frame(path: Path) -> bytes:
    """The first undamaged frame of the video, as a JPEG."""
    picture = next((picture for picture, _ in pictures(str(path)) if not picture.is_corrupt), None)
    if picture is None:
        raise UnviewableFrame(f"video {path} contains no frame that can be decoded: give another file")
    try:
        return JpegEncoder().encode(picture)
    except FFmpegError as error:
        raise UnviewableFrame(
            f"the first frame of video {path} cannot be encoded as JPEG: {error.strerror}"
        ) from error
