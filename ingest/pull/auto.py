"""Mode `auto`: GetImages first, and fragments for the instants that it fails on.

An image is paid for, whether or not the look that asked for it lives to tell. So what is asked for is written
down first, and no instant is ever asked for again. Where GetImages fails again and again, as it does on
streams of sparse keyframes, it is left alone for a day.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError

from ingest.aws.failures import safe_text
from ingest.kvs.endpoints import NO_RETENTION, NOT_FOUND, StreamUnavailable
from ingest.pull.extraction import CameraPull, Extracted, only
from ingest.pull.fragments import FragmentExtractor
from ingest.pull.image_windows import image_requests
from ingest.pull.images import ImageExtractor
from ingest.pull.selection import Selected
from ingest.registry.registered import ImageMemory

FAILURES = 3
"""Instants in a row without a picture, after which GetImages rests."""

REST = timedelta(hours=24)


class AutoExtractor:
    """A `FrameExtractor` over both; `remember` stores what is asked for before it is."""

    def __init__(
        self, pull: CameraPull, memory: ImageMemory, remember: Callable[[ImageMemory], None]
    ) -> None:
        self._pull = pull
        self._memory = memory
        self._remember = remember
        self._images = ImageExtractor(pull)
        self._fragments = FragmentExtractor(pull)

    def extract(
        self, wanted: Sequence[Selected], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """As `FrameExtractor` says."""
        done = self._by_images(wanted, until, time_left)
        left = {instant for choice in wanted for instant in choice.instants} - done
        taken = self._fragments.extract(only(wanted, left), until, time_left)
        taken.instants |= done
        taken.memory = self._memory
        return taken

    def _by_images(
        self, wanted: Sequence[Selected], until: datetime, time_left: Callable[[], bool]
    ) -> set[datetime]:
        """The instants whose pictures GetImages gave."""
        known = set(self._memory.asked)
        new = {instant for choice in wanted for instant in choice.instants} - known
        if not new or self._rests(until):
            return set()
        asked_before = self._memory.asked
        self._remember(replace(self._memory, asked=tuple(sorted(known | new))))
        done: set[datetime] = set()
        for ask in image_requests(self._pull.camera, only(wanted, new)):
            if self._rests(until) or not time_left():
                break
            asked_before += ask.instants
            try:
                # A throttled or broken call is not waited for: the fragments are there as well.
                for instant, error in self._images.put(ask, once=True):
                    done |= {instant} if error is None else set()
                    self._note(error, until)
            except (StreamUnavailable, BotoCoreError) as error:
                if isinstance(error, StreamUnavailable) and error.code in {NOT_FOUND, NO_RETENTION}:
                    raise
                self._pull.note_trouble(
                    "GetImages", f"GetImages failed, fragments are read instead: {safe_text(error)}"
                )
                break
        self._memory = replace(self._memory, asked=asked_before)
        return done

    def _rests(self, until: datetime) -> bool:
        return self._memory.rests_until is not None and until < self._memory.rests_until

    def _note(self, error: str | None, until: datetime) -> None:
        if self._rests(until):
            return
        failures = 0 if error is None else self._memory.failures + 1
        rests_until = None
        if failures >= FAILURES:
            # One less than it takes: when the rest is over, a single instant decides about the next.
            failures, rests_until = FAILURES - 1, until + REST
        self._memory = replace(self._memory, failures=failures, rests_until=rests_until)
