"""Which picture is the frame of which instant."""

from itertools import pairwise
from random import Random

import pytest

from deeplens.camera.sampler import Sample, Sampler
from tests.deeplens.unit import START

Seen = list[tuple[float, str | None]]


def taken(every: int, seen: Seen) -> list[tuple[int, str, int]]:
    """(seconds after START, picture, ms before the instant) of each frame."""
    sampler = Sampler(every, lambda _: True)
    samples = [sampler.sample(START + at, picture) for at, picture in seen]
    return [
        (
            sample.frame.instant - START,
            sample.frame.picture,
            sample.frame.instant * 1000 - sample.frame.millis,
        )
        for sample in samples
        if sample.frame
    ]


@pytest.mark.parametrize(
    ("seen", "frames"),
    [
        pytest.param([(-0.2, "a"), (-0.1, "b"), (0.1, "c")], [(0, "b", 100)], id="the last one before it"),
        pytest.param([(-0.1, "a"), (0.0, "b"), (0.1, "c")], [(0, "b", 0)], id="at the instant itself"),
        pytest.param([(-29.0, "a"), (0.1, "b")], [(0, "a", 29_000)], id="as old as may be"),
        pytest.param([(-31.0, "a"), (0.1, "b")], [], id="too old"),
        pytest.param([(-0.1, None), (0.1, "b")], [], id="a picture after it does not count"),
        pytest.param(
            [(-0.2, "a"), (-0.1, None), (0.1, None)], [(0, "a", 200)], id="the camera failed at last"
        ),
        pytest.param([(-0.1, "a"), (0.1, "b"), (300.2, "c")], [(0, "a", 100)], id="never for two instants"),
    ],
)
def test_the_frame_of_an_instant(seen: Seen, frames: list[tuple[int, str, int]]) -> None:
    assert taken(300, seen) == frames


def test_each_second_has_its_own() -> None:
    seen: Seen = [(-1 + n / 10, str(n)) for n in range(45)]
    assert [(at, age) for at, _, age in taken(1, seen)] == [(n, 0) for n in range(-1, 4)]


def test_instants_do_not_drift() -> None:
    seen: Seen = []
    random, at = Random(1), 0.0
    while at < 7200:
        at += random.uniform(0.05, 1.9)
        seen.append((at, "x"))
    instants = [instant for instant, _, _ in taken(7, seen)]
    assert all((START + instant) % 7 == 0 for instant in instants)
    assert all(later - sooner == 7 for sooner, later in pairwise(instants))


def test_what_passes_without_a_picture_is_missed() -> None:
    sampler = Sampler(60, lambda _: True)
    sampler.sample(START - 1, "a")
    assert sampler.sample(START + 185, "b").missed == 3
    assert sampler.sample(START + 241, None).missed == 1


def test_closed_instants_are_neither_taken_nor_missed() -> None:
    sampler = Sampler(60, lambda instant: instant != START)
    sampler.sample(START - 1, "a")
    assert sampler.sample(START + 1, "b") == Sample()
    sampler.sample(START + 59, "c")
    assert sampler.sample(START + 61, "d").frame == (START + 60, (START + 59) * 1000, "c")


def test_a_clock_set_back_by_an_hour() -> None:
    sampler = Sampler(60, lambda _: True)
    sampler.sample(START - 1, "a")
    back = sampler.sample(START - 3600 + 5, "b")
    assert back == Sample(set_back=3600 - 5 - 1)
    sample = sampler.sample(START - 3600 + 61, "c")
    assert sample.frame is None
    assert sampler.next == START - 3600 + 120
    sampler.sample(START - 3600 + 119, "d")
    assert sampler.sample(START - 3600 + 121, "e").frame == (START - 3480, (START - 3481) * 1000, "d")


def test_the_clocks_own_small_adjustments_are_none() -> None:
    sampler = Sampler(60, lambda _: True)
    sampler.sample(START - 0.1, "a")
    assert sampler.sample(START - 0.5, "b").set_back == 0
    assert sampler.sample(START + 0.1, "c").frame is not None


def test_a_clock_that_was_set_right_at_last_does_not_count_for_years() -> None:
    sampler = Sampler(1, lambda _: True)
    sampler.sample(1000.0, "a")
    sample = sampler.sample(START + 0.5, "b")
    assert sample.missed < 100_000
    assert sampler.next == START + 1
