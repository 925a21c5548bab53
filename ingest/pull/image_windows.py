"""Modes `images`, `auto`: the windows for GetImages, chosen so that its samples fall on instants. Pure.

GetImages samples at a window's start and every step after it, and reads only fragments that start in the
window. So a single instant gets the window from its fragment's start to itself, in one step.
Consecutive instants share a window whose step is their own interval, and which begins at the last step at or
before the first instant's fragment: then one call gives up to 25 of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.kvs.images import LONGEST_WINDOW, PAGE, SHORTEST_STEP, Window
from ingest.pull.selection import SelectedFragment
from ingest.registry.camera import Camera


@dataclass(frozen=True)
class ImageRequest:
    """One window, and the instants, in order, for which it is requested."""

    window: Window
    instants: tuple[datetime, ...]

    def instant_of(self, time: datetime) -> datetime | None:
        """The instant whose sample has that time, or None."""
        window = self.window
        sample = window.start + round((time - window.start) / window.step) * window.step
        return sample if sample in self.instants else None


def image_requests(camera: Camera, selected: Sequence[SelectedFragment]) -> Iterator[ImageRequest]:
    """Windows for all instants of a selection, each instant once, the earliest first."""
    starts = {instant: choice.fragment.start for choice in selected for instant in choice.instants}
    waiting = sorted(starts)
    while waiting:
        first, step = waiting[0], camera.sampling_at(waiting[0]).step
        lead = -((starts[first] - first) // step)  # steps back to the fragment's start, rounded up
        count = _in_a_row(waiting, step, most=_most_samples(step) - lead)
        if count <= max(lead, 1):  # a shared window would bring more unneeded pictures than needed ones
            yield _single(first, starts[first])
            del waiting[0]
        else:
            yield ImageRequest(Window(first - lead * step, waiting[count - 1], step), tuple(waiting[:count]))
            del waiting[:count]


def _most_samples(step: timedelta) -> int:
    """How many samples a window may have."""
    return min(PAGE, LONGEST_WINDOW // step + 1)


def _in_a_row(instants: Sequence[datetime], step: timedelta, most: int) -> int:
    """How many of the first instants follow each other by one step, up to `most`."""
    count = 1
    while count < min(most, len(instants)) and instants[count] - instants[count - 1] == step:
        count += 1
    return count


def _single(instant: datetime, fragment_start: datetime) -> ImageRequest:
    step = max(instant - fragment_start, SHORTEST_STEP)
    return ImageRequest(Window(instant - step, instant, step), (instant,))
