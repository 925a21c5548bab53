"""Mode `images`: the pictures of the due instants, as KVS itself takes them out of the stream."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ingest.frames.messages import GapReason
from ingest.kvs.images import Image
from ingest.pull.extraction import CameraPull, Extracted, only
from ingest.pull.image_windows import ImageRequest, image_requests
from ingest.pull.selection import Selected, settled

NO_MEDIA = "NO_MEDIA"
_REASONS = {NO_MEDIA: GapReason.NO_MEDIA}


class ImageExtractor:
    """A `FrameExtractor` over GetImages."""

    def __init__(self, pull: CameraPull) -> None:
        self._pull = pull

    def extract(
        self, wanted: Sequence[Selected], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """As `FrameExtractor` says."""
        taken = Extracted(rest=list(wanted))
        choices = {instant: choice for choice in wanted for instant in choice.instants}
        left = set(choices)
        for ask in image_requests(self._pull.camera, wanted):
            for instant, error in self.put(ask):
                left.discard(instant)
                if error is None:
                    taken.instants.add(instant)
                elif settled(choices[instant].fragment, until):
                    self._missing(instant, error)
                    # Another fragment may bring it yet, unless this one covers it.
                    taken.instants |= {instant} & choices[instant].covered
                else:
                    taken.waiting = True
            if not time_left():
                break
        self._pull.send_gaps()
        taken.rest = only(wanted, left)
        return taken

    def put(self, ask: ImageRequest, *, once: bool = False) -> Iterator[tuple[datetime, str | None]]:
        """Put the pictures of a window: each instant, in order, with GetImages' error where it has none.

        With `once`, a call that fails is not tried again. Raises StreamUnavailable and botocore's errors.
        """
        found = self._images(ask, once=once)
        for instant in ask.instants:
            image = found.get(instant, Image(instant, error=NO_MEDIA))
            error = image.error
            if image.jpeg is not None:
                # One frame never serves two instants.
                if image.time > self._pull.camera.frame_window(instant)[0]:
                    self._pull.put(instant, image.time, image.jpeg)
                else:
                    error = NO_MEDIA
            yield instant, error

    def _missing(self, instant: datetime, error: str) -> None:
        self._pull.note_trouble(
            error,
            f"GetImages has no picture of {instant.isoformat()} ({error}): the modes auto and fragments may",
        )
        self._pull.note_gap(instant, _REASONS.get(error, GapReason.MEDIA_ERROR))

    def _images(self, ask: ImageRequest, *, once: bool) -> dict[datetime, Image]:
        tally, found = self._pull.tally, {}
        tally.image_calls += 1
        images = self._pull.dependencies.kvs.images
        for page in images.get(self._pull.stream_name, ask.window, once=once):
            for image in page:
                tally.images += image.jpeg is not None
                if (instant := ask.instant_of(image.time)) is not None:
                    found[instant] = image
        return found
