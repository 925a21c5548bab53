"""What a stream holds, as values: tracks, keyframes, fragments. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_FRAGMENT_LENGTH = timedelta(seconds=20)
"""KVS's limit for a fragment that a producer sends."""

INVALID_DOCUMENT = "INVALID_DOCUMENT"
"""The `code` of a FragmentError that this code detects itself."""


@dataclass(frozen=True)
class Track:
    """A video track: Matroska's codec id, and its avcC or hvcC (empty if the producer sent none).

    Frames are length-prefixed NAL units. `width` and `height`, in pixels, are for the header of media that is
    sent; a track that was read has 0.
    """

    number: int
    codec_id: str
    codec_private: bytes
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Keyframe:
    """One coded picture, as the producer sent it. `time` is producer time, in whole milliseconds."""

    time: datetime
    track: Track
    packet: bytes


@dataclass(frozen=True)
class Fragment:
    """What arrived of one fragment: the keyframes of its first video track, in the order of the stream.

    `cut` is true if the payload ended, or broke, before the fragment did. Times are KVS's own; `keyframes`
    is empty if the fragment has no video. `length` is the time from its first frame to its last, `size` the
    bytes of its whole document.
    """

    number: str
    producer_time: datetime
    server_time: datetime | None
    keyframes: tuple[Keyframe, ...]
    cut: bool = False
    length: timedelta = timedelta()
    size: int = 0


@dataclass(frozen=True)
class FragmentError:
    """What KVS sends in a 200 answer instead of a fragment; or a document without fragment number or time.

    `code` is KVS's, such as FRAGMENT_NOT_FOUND, or INVALID_DOCUMENT with our own `message`.
    """

    number: str | None
    code: str
    message: str = ""


@dataclass(frozen=True)
class ListedFragment:
    """A fragment as ListFragments describes it.

    `length` excludes the last frame's duration, so a fragment of one frame has length 0; `server_time` is
    when it began to arrive. `size` is in bytes.
    """

    number: str
    start: datetime
    server_time: datetime
    length: timedelta
    size: int = 0

    @property
    def end(self) -> datetime:
        """The time of its last frame."""
        return self.start + self.length
