"""Mode `auto`: GetImages first, and fragments for the instants where it fails.

An image is paid for even if the function is killed right after the call. So the pull records the instants
before it calls GetImages, and never requests an instant twice. Where GetImages fails repeatedly, as on
streams with sparse keyframes, it is not called for a day (`ingest.pull.image_memory`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from ingest.aws.failures import AWS_FAILURES, safe_text
from ingest.kvs.endpoints import NO_RETENTION, NOT_FOUND, StreamUnavailable
from ingest.pull.extraction import CameraPull, Extracted
from ingest.pull.fragments import FragmentExtractor
from ingest.pull.image_memory import askable, rests, with_answer, with_asked
from ingest.pull.image_windows import image_requests
from ingest.pull.images import ImageExtractor
from ingest.pull.invocation import LeasedCursor
from ingest.pull.selection import SelectedFragment, instants_of, restricted_to


class AutoExtractor:
    """A `FrameExtractor` that uses both APIs; the cursor holds what is remembered about GetImages."""

    def __init__(self, pull: CameraPull, cursor: LeasedCursor) -> None:
        self._pull = pull
        self._cursor = cursor
        self._images = ImageExtractor(pull)
        self._fragments = FragmentExtractor(pull)

    def extract(
        self, selected: Sequence[SelectedFragment], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """See `FrameExtractor`."""
        pictured = self._by_images(selected, until, time_left)
        left = instants_of(selected) - pictured
        extracted = self._fragments.extract(restricted_to(selected, left), until, time_left)
        extracted.decided |= pictured
        return extracted

    def _by_images(
        self, selected: Sequence[SelectedFragment], until: datetime, time_left: Callable[[], bool]
    ) -> set[datetime]:
        """Put the pictures that GetImages gives, and return their instants."""
        memory = self._cursor.value.images
        instants = askable(memory, instants_of(selected), until)
        pictured: set[datetime] = set()
        if not instants:
            return pictured
        self._cursor.record_images(with_asked(memory, instants))
        try:
            for request in image_requests(self._pull.camera, restricted_to(selected, instants)):
                if rests(memory, until) or not time_left():
                    break
                memory = with_asked(memory, request.instants)
                for instant, error in self._images.put(request, once=True):
                    pictured |= {instant} if error is None else set()
                    memory = with_answer(memory, error, until)
        except (StreamUnavailable, *AWS_FAILURES) as error:
            # A call that is throttled or fails is not repeated: the fragments are there as well.
            if isinstance(error, StreamUnavailable) and error.code in {NOT_FOUND, NO_RETENTION}:
                raise
            trouble = f"GetImages failed, fragments are read instead: {safe_text(error)}"
            self._pull.note_trouble("GetImages", trouble)
        self._cursor.keep_images(memory)
        return pictured
