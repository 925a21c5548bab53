"""KVS -> pull: the media of chosen fragments, each tried until it is whole or its attempts are used up."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.video import Fragment, FragmentError, ListedFragment

ATTEMPTS = 3
WAIT = 1.0
"""Seconds before a fragment is tried again: a fragment that is listed may not be readable yet."""

BATCH = 25
"""Fragments in a request: so few that a deadline in the middle wastes little."""

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

        A fragment that is not whole after ATTEMPTS is given as what arrived: cut, or KVS's error. A broken
        fragment delays none of the others. Raises what `Archive.media` raises, except InvalidMatroska.
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
