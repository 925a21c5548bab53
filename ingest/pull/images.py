"""Mode `images`: the pictures of the due instants, as KVS itself extracts them from the stream."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ingest.frames.messages import GapReason
from ingest.kvs.images import Image
from ingest.pull.extraction import CameraPull, Extracted
from ingest.pull.image_windows import ImageRequest, image_requests
from ingest.pull.selection import SelectedFragment, restricted_to, settled

NO_MEDIA = "NO_MEDIA"
_REASONS = {NO_MEDIA: GapReason.NO_MEDIA}


class ImageExtractor:
    """A `FrameExtractor` that uses GetImages."""

    def __init__(self, pull: CameraPull) -> None:
        self._pull = pull

    def extract(
        self, selected: Sequence[SelectedFragment], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """See `FrameExtractor`."""
        extracted = Extracted(rest=list(selected))
        choices = {instant: choice for choice in selected for instant in choice.instants}
        left = set(choices)
        for request in image_requests(self._pull.camera, selected):
            for instant, error in self.put(request):
                left.discard(instant)
                if error is None:
                    extracted.decided.add(instant)
                elif settled(choices[instant].fragment, until):
                    self._note_missing(instant, error)
                    # Another fragment may still bring the frame, unless this one covers the instant.
                    extracted.decided |= {instant} & choices[instant].covered
                else:
                    extracted.waiting = True
            if not time_left():
                break
        self._pull.send_gaps()
        extracted.rest = restricted_to(selected, left)
        return extracted

    def put(self, request: ImageRequest, *, once: bool = False) -> Iterator[tuple[datetime, str | None]]:
        """Put the pictures of a window. Yields each instant, in order, with GetImages' error if it has none.

        With `once`, a call that fails is not repeated. Raises StreamUnavailable and botocore's errors.
        """
        found = self._images(request, once=once)
        for instant in request.instants:
            image = found.get(instant, Image(instant, error=NO_MEDIA))
            error = image.error
            if image.jpeg is not None:
                # One frame never serves two instants.
                if image.time > self._pull.camera.frame_window(instant)[0]:
                    self._pull.put_image(instant, image.time, image.jpeg)
                else:
                    error = NO_MEDIA
            yield instant, error

    def _note_missing(self, instant: datetime, error: str) -> None:
        self._pull.note_trouble(
            error,
            f"GetImages has no picture of {instant.isoformat()} ({error}): the modes auto and fragments may",
        )
        self._pull.note_gap(instant, _REASONS.get(error, GapReason.MEDIA_ERROR))

    def _images(self, request: ImageRequest, *, once: bool) -> dict[datetime, Image]:
        tally, found = self._pull.tally, {}
        tally.image_calls += 1
        images = self._pull.dependencies.kvs.images
        for page in images.get(self._pull.stream_name, request.window, once=once):
            for image in page:
                tally.images += image.jpeg is not None
                if (instant := request.instant_of(image.time)) is not None:
                    found[instant] = image
        return found
