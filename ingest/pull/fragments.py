"""Mode `fragments`: the keyframes of the due instants, taken from the fragments that contain them.

A fragment's media is requested until it is complete, or its attempts are used up.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime

from ingest.frames.messages import GapReason
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.video import Fragment, FragmentError, ListedFragment
from ingest.pull.extraction import CameraPull, Extracted
from ingest.pull.selection import SelectedFragment, keyframe_for, settled

ATTEMPTS = 3
WAIT = 1.0
"""Seconds before a fragment is tried again: a fragment that is listed may not be readable yet."""

BATCH = 25
"""Fragments in a request: few, so that a deadline in the middle wastes little."""

FragmentMedia = Callable[[Sequence[str]], Generator[Fragment | FragmentError, None, None]]
"""`Archive.media` of one stream."""


class Fetcher:
    """The media of one stream's fragments."""

    def __init__(self, media: FragmentMedia, sleep: Callable[[float], None] = time.sleep) -> None:
        self._media = media
        self._sleep = sleep

    def fetch(
        self, fragments: Sequence[ListedFragment]
    ) -> Generator[tuple[ListedFragment, Fragment | FragmentError], None, None]:
        """Each fragment once, in no order, as it arrives.

        A fragment that is not complete after ATTEMPTS is given as it arrived: cut, or KVS's error. A broken
        fragment does not delay the others. Raises what `Archive.media` raises, except InvalidMatroska.
        """
        waiting = {fragment.number: fragment for fragment in fragments}
        attempts: Counter[str] = Counter()
        while waiting:
            asked = list(waiting)[:BATCH]
            failed: dict[str, Fragment | FragmentError] = {}
            for number, media in self._one_request(asked):
                if number in waiting and isinstance(media, Fragment) and not media.cut:
                    yield waiting.pop(number), media
                elif number in waiting:
                    failed[number] = media
            for number, media in (failed or _first_missing(asked, waiting)).items():
                attempts[number] += 1
                fragment = waiting.pop(number)
                if attempts[number] == ATTEMPTS:
                    yield fragment, media
                else:
                    waiting[number] = fragment  # behind the others
                    self._sleep(WAIT)

    def _one_request(self, asked: Sequence[str]) -> Iterator[tuple[str, Fragment | FragmentError]]:
        try:
            with closing(self._media(asked)) as parts:
                for part in parts:
                    if part.number is not None:
                        yield part.number, part
        except InvalidMatroska:
            pass  # the fragment in which it broke was given as cut, or is the first one that is missing


def _first_missing(asked: Sequence[str], waiting: dict[str, ListedFragment]) -> dict[str, FragmentError]:
    """The fragment at which the answer ended without an error."""
    missing = next((number for number in asked if number in waiting), None)
    return {} if missing is None else {missing: FragmentError(missing, "MISSING", "the answer ended before")}


class FragmentExtractor:
    """A `FrameExtractor` that uses GetMediaForFragmentList."""

    def __init__(self, pull: CameraPull) -> None:
        self._pull = pull
        archive, stream_name = pull.dependencies.kvs.archive, pull.stream_name
        self._fetcher = Fetcher(lambda numbers: archive.media(stream_name, numbers), pull.dependencies.sleep)

    def extract(
        self, selected: Sequence[SelectedFragment], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """See `FrameExtractor`."""
        extracted = Extracted(rest=list(selected))
        for choice, media in self._fetched(selected, time_left):
            extracted.rest.remove(choice)
            broken = isinstance(media, FragmentError) or media.cut
            if broken and not settled(choice.fragment, until):
                extracted.waiting = True
                continue
            for instant in choice.instants:
                put = self._put(instant, media)
                # Another fragment may still bring the frame, unless this one covers the instant.
                if not broken and (put or instant in choice.covered):
                    extracted.decided.add(instant)
        self._pull.send_gaps()
        return extracted

    def _fetched(
        self, selected: Sequence[SelectedFragment], time_left: Callable[[], bool]
    ) -> Iterator[tuple[SelectedFragment, Fragment | FragmentError]]:
        choices = {choice.fragment.number: choice for choice in selected}
        with closing(self._fetcher.fetch([choice.fragment for choice in selected])) as parts:
            for fragment, media in parts:
                self._pull.tally.fragments += 1
                self._pull.tally.bytes += fragment.size
                yield choices[fragment.number], media
                if not time_left():
                    return

    def _put(self, instant: datetime, media: Fragment | FragmentError) -> bool:
        """Put the frame of an instant, or note why there is none."""
        if isinstance(media, FragmentError):
            self._pull.note_trouble(
                media.code, f"fragment {media.number} cannot be read: {media.code} {media.message}"
            )
        elif not media.keyframes:
            self._pull.note_missing_keyframe(media)
        else:
            keyframe = keyframe_for(self._pull.camera, instant, media.keyframes)
            if keyframe is not None:
                return self._pull.put_keyframe(instant, keyframe)
            self._pull.note_gap(instant, GapReason.MEDIA_ERROR if media.cut else GapReason.GOP_TOO_LONG)
            return False
        self._pull.note_gap(instant, GapReason.MEDIA_ERROR)
        return False
