"""Mode `images`: which windows GetImages is asked for, so that its samples fall on the sample instants. Pure.

It samples at a window's start and every step after it, and reads only the fragments that start in the window.
So an instant alone gets the window from its fragment's start to itself, in one step. Instants in a row share
a window of their own interval, which begins on the last beat at or before the first one's fragment: then a
call brings up to 25 of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.kvs.images import LONGEST_WINDOW, PAGE, SHORTEST_STEP, Window
from ingest.pull.selection import Selected
from ingest.registry.camera import Camera


@dataclass(frozen=True)
class ImageRequest:
    """One window and the instants, in order, for which it is asked."""

    window: Window
    instants: tuple[datetime, ...]

    def instant_of(self, time: datetime) -> datetime | None:
        """The instant whose sample an entry of that time is, if it is one of them."""
        window = self.window
        beat = window.start + round((time - window.start) / window.step) * window.step
        return beat if beat in self.instants else None


def image_requests(camera: Camera, wanted: Sequence[Selected]) -> Iterator[ImageRequest]:
    """Windows for all instants of a selection, each instant once, the earliest first."""
    starts = {instant: choice.fragment.start for choice in wanted for instant in choice.instants}
    waiting = sorted(starts)
    while waiting:
        first, step = waiting[0], camera.sampling_at(waiting[0]).step
        lead = -((starts[first] - first) // step)  # steps back to the fragment's start, rounded up
        count = _in_a_row(waiting, step, most=_room(step) - lead)
        if count <= max(lead, 1):  # a window for all would bring more pictures that nobody needs
            yield _alone(first, starts[first])
            del waiting[0]
        else:
            yield ImageRequest(Window(first - lead * step, waiting[count - 1], step), tuple(waiting[:count]))
            del waiting[:count]


def _room(step: timedelta) -> int:
    """How many samples a window may have."""
    return min(PAGE, LONGEST_WINDOW // step + 1)


def _in_a_row(instants: Sequence[datetime], step: timedelta, most: int) -> int:
    """How many of the first instants follow each other by one step, up to `most`."""
    count = 1
    while count < min(most, len(instants)) and instants[count] - instants[count - 1] == step:
        count += 1
    return count


def _alone(instant: datetime, fragment_start: datetime) -> ImageRequest:
    step = max(instant - fragment_start, SHORTEST_STEP)
    return ImageRequest(Window(instant - step, instant, step), (instant,))
