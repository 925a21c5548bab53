"""What a frame shows, before it is counted: as its sender found, or by reading it if the sender did not look.

Not all senders inspect their frames: units with the original DeepLens function, KVS's own image delivery,
devices that are not ours, and gateways and units of an earlier version do not.
"""

from dataclasses import dataclass, field
from threading import Lock

from ingest.frames.bucket import FrameBucket
from ingest.frames.inspection import Inspection, digest_of
from ingest.frames.limits import MAX_BYTES, pixels
from ingest.luma import image_shows_nothing

MOST_PIXELS = 40_000_000
"""Of a picture that is decoded: it then takes at most 120 MB."""


@dataclass(frozen=True)
class FrameInspector:
    """Inspects the frames of a bucket. Threads share it; one picture is decoded at a time, for the memory."""

    bucket: FrameBucket
    _one_at_a_time: Lock = field(default_factory=Lock, init=False)

    def inspect(self, key: str) -> Inspection | None:
        """What a frame shows; None if it is gone, or too large to be counted at all. Raises AWS_FAILURES."""
        stored = self.bucket.find(key)
        if stored is None or stored.size > MAX_BYTES:
            return None
        if stored.inspection is not None:
            return stored.inspection
        with self._one_at_a_time:
            image = self.bucket.read(key)
            return None if image is None else Inspection(digest_of(image), _shows_nothing(image))


def _shows_nothing(image: bytes) -> bool:
    """Whether a picture shows nothing; not for one that cannot be decoded, of which Rekognition says why."""
    if not 0 < pixels(image) <= MOST_PIXELS:
        return False
    return bool(image_shows_nothing(image))
