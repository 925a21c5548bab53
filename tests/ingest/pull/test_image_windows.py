from collections.abc import Mapping
from datetime import timedelta

import pytest

from ingest.kvs.video import ListedFragment
from ingest.pull.image_windows import image_requests
from ingest.pull.selection import SelectedFragment
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import at, camera

Plan = tuple[float, float, float, tuple[float, ...]]
"""Start, end and step of a window, and its instants."""


def plans(every: int, fragments: Mapping[float, tuple[float, ...]]) -> list[Plan]:
    """Fragment start -> instants, to windows; all in seconds."""
    choices = [
        SelectedFragment(
            ListedFragment(str(start), at(start), at(start), timedelta(seconds=2)),
            tuple(at(instant) for instant in instants),
        )
        for start, instants in fragments.items()
    ]
    found = []
    for request in image_requests(camera(sampling=Sampling(sample_every=every)), choices):
        start, end = ((time - at(0)).total_seconds() for time in (request.window.start, request.window.end))
        instants = tuple((instant - at(0)).total_seconds() for instant in request.instants)
        found.append((start, end, request.window.step.total_seconds(), instants))
    return found


@pytest.mark.parametrize(
    ("every", "fragments", "expected"),
    [
        (60, {}, []),
        # single: from the start of its fragment
        (60, {58.7: (60,)}, [(58.7, 60, 1.3, (60,))]),
        # GetImages accepts no step below 200 ms
        (60, {59.9: (60,)}, [(59.8, 60, 0.2, (60,))]),
        (60, {60: (60,)}, [(59.8, 60, 0.2, (60,))]),
        # in a row: a window for all, with their interval as step
        (5, {3.5: (5,), 9.5: (10,), 13.5: (15,)}, [(0, 15, 5, (5, 10, 15))]),
        # several in the same fragment
        (2, {3.5: (4, 6, 8), 9.5: (10,)}, [(2, 10, 2, (4, 6, 8, 10))]),
        # it begins at a sample: nothing is requested before it
        (5, {5: (5,), 10: (10,)}, [(5, 10, 5, (5, 10))]),
        # a hole in the row
        (5, {3.5: (5,), 9.5: (10,), 23.5: (25,)}, [(0, 10, 5, (5, 10)), (23.5, 25, 1.5, (25,))]),
        # at most five minutes: at 300 s each instant is single, at 60 s four and the sample before them
        (300, {299: (300,), 599: (600,)}, [(299, 300, 1, (300,)), (599, 600, 1, (600,))]),
        (
            60,
            {59: (60,), 119: (120,), 179: (180,), 239: (240,), 299: (300,), 359: (360,)},
            [(0, 300, 60, (60, 120, 180, 240, 300)), (359, 360, 1, (360,))],
        ),
        # late in a long fragment, a shared window would bring more unneeded pictures than needed ones
        (1, {0: (18, 19)}, [(0, 18, 18, (18,)), (0, 19, 19, (19,))]),
    ],
)
def test_windows(every: int, fragments: dict[float, tuple[float, ...]], expected: list[Plan]) -> None:
    assert plans(every, fragments) == expected


def test_a_window_is_one_page_at_most() -> None:
    seconds = {float(second) - 0.5: (float(second),) for second in range(1, 101)}

    found = plans(1, seconds)

    assert [len(instants) for *_, instants in found] == [24, 24, 24, 24, 4]
    assert all((end - start) / step + 1 <= 25 for start, end, step, _ in found)
    assert [instant for *_, instants in found for instant in instants] == list(range(1, 101))


@pytest.mark.parametrize(
    ("offset", "instant"), [(0.0, 10), (-0.9, 10), (2.4, 10), (2.6, 15), (-6.0, None), (8.0, None)]
)
def test_an_entry_belongs_to_the_nearest_sample(offset: float, instant: float | None) -> None:
    choices = [
        SelectedFragment(ListedFragment("1", at(9.5), at(10), timedelta(seconds=10)), (at(10), at(15))),
    ]
    (request,) = image_requests(camera(sampling=Sampling(sample_every=5)), choices)

    assert request.instant_of(at(10 + offset)) == (None if instant is None else at(instant))
