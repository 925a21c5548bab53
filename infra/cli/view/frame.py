"""The frame that is looked at: in memory, as the browser takes it and as pixels; and the one of a file."""

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
    """A file, or what a stream gave, that is no picture; the sentence names it."""


@dataclass(frozen=True)
class Frame:
    """One JPEG or PNG, its pixels, and where it comes from, as a phrase."""

    data: bytes
    pixels: Image
    origin: str

    @property
    def content_type(self) -> str:
        """As HTTP has it."""
        return "image/png" if self.data.startswith(_PNG) else "image/jpeg"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height


def still(data: bytes, name: str, origin: str) -> Frame:
    """A JPEG or PNG as a frame. Raises UnviewableFrame, in which it is `name`."""
    try:
        return Frame(data, decode(data), origin)
    except InvalidImageFormatException as error:
        raise UnviewableFrame(f"{name} is damaged: it holds no JPEG or PNG that can be decoded") from error
    except InvalidParameterException as error:
        raise UnviewableFrame(f"{name} is too small for any detector: {error}") from error


def from_file(path: Path) -> Frame:
    """A picture, or the first frame of a video. Raises UnviewableFrame, UnopenableVideo."""
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
    """The first undamaged picture of the video, as a JPEG."""
    picture = next((picture for picture, _ in pictures(str(path)) if not picture.is_corrupt), None)
    if picture is None:
        raise UnviewableFrame(f"video {path} holds no frame that can be decoded: give another file")
    try:
        return JpegEncoder().encode(picture)
    except FFmpegError as error:
        raise UnviewableFrame(f"the first frame of video {path} makes no JPEG: {error.strerror}") from error
