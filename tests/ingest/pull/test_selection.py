from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.kvs.video import Keyframe, ListedFragment, Track
from ingest.pull.selection import SETTLE, SelectedFragment, distinct, keyframe_for, select
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import at, camera

EVERY_10_S = camera(sampling=Sampling(sample_every=10))
LATER = at(10_000)
"""A server time at which everything has settled."""


def listed(
    start: float, length: float = 1.96, arrives: float | None = None, number: int | None = None
) -> ListedFragment:
    return ListedFragment(
        number=str(number if number is not None else round(start * 1000) + 1),
        start=at(start),
        server_time=at(start + 0.5 if arrives is None else arrives),
        length=timedelta(seconds=length),
    )


def chosen(selected: tuple[SelectedFragment, ...]) -> dict[datetime, datetime]:
    return {instant: choice.fragment.start for choice in selected for instant in choice.instants}


def seconds(instants: dict[datetime, datetime]) -> dict[float, float]:
    zero = at(0)
    return {
        (instant - zero).total_seconds(): (start - zero).total_seconds()
        for instant, start in instants.items()
    }


@pytest.mark.parametrize(
    ("fragments", "until", "expected", "pending"),
    [
        pytest.param([], 5, {}, True, id="nothing arrived, an instant waits"),
        pytest.param([], 400, {}, True, id="nothing for minutes, the last instants wait"),
        pytest.param([listed(0), listed(2)], 4, {0: 0}, False, id="covered"),
        pytest.param([listed(0), listed(2)], 11, {0: 0}, True, id="10 s has not come"),
        pytest.param([listed(7)], 10, {}, True, id="ends before 10 s, its successor may bring it"),
        pytest.param([listed(7), listed(10.5)], 13, {10: 7}, False, id="a successor shows that nothing came"),
        pytest.param([listed(7)], 67.4, {}, True, id="not settled"),
        pytest.param([listed(7)], 67.5, {10: 7}, True, id="settled; 20 s and on wait"),
        pytest.param([listed(7)], 400, {10: 7}, True, id="the last instants wait for five minutes"),
        pytest.param([listed(0, 9.9), listed(10.1)], 13, {0: 0, 10: 0}, False, id="two in one fragment"),
        pytest.param([listed(7), listed(40)], 43, {40: 40}, True, id="too far away for a successor"),
        pytest.param(
            [listed(7, arrives=90), listed(10.5, arrives=11)],
            100,
            {20: 10.5},
            True,
            id="late video beside live video: its successor is still to come",
        ),
        pytest.param([listed(0), listed(25)], 500, {0: 0, 10: 0, 30: 25}, True, id="no media for 20 s"),
        pytest.param([listed(0, 15), listed(2), listed(4)], 16, {0: 0, 10: 0}, False, id="sessions overlap"),
        pytest.param([listed(119.5)], 0, {120: 119.5}, False, id="a clock two minutes ahead"),
        pytest.param([listed(129.5)], 0, {}, False, id="a clock further ahead"),
    ],
)
def test_what_is_fetched_and_what_waits(
    fragments: list[ListedFragment], until: float, expected: dict[float, float], pending: bool
) -> None:
    selection = select(EVERY_10_S, fragments, (), at(until))

    assert seconds(chosen(selection.selected)) == expected
    assert selection.pending is pending


def test_what_is_decided_is_not_fetched_again() -> None:
    fragments = [listed(start) for start in range(0, 30, 2)]

    assert seconds(chosen(select(EVERY_10_S, fragments, {at(10)}, LATER).selected)) == {0: 0, 20: 20, 30: 28}


def test_the_first_to_come_are_the_first_to_be_fetched() -> None:
    late = [listed(start, arrives=500 + start) for start in (0, 10)]
    live = [listed(start, arrives=400) for start in (400,)]

    order = [choice.fragment.start for choice in select(EVERY_10_S, [*late, *live], (), LATER).selected]

    assert order == [at(400), at(0), at(10)]


@pytest.mark.parametrize(
    ("copies", "best"),
    [
        ([listed(0, 2, number=1), listed(0, 2, number=2)], "2"),
        ([listed(0, 2, number=99), listed(0, 2, number=100)], "100"),
        ([listed(0, 2, number=1), listed(0, 1, number=2)], "1"),
    ],
    ids=["the higher number", "numbers, not texts", "the longer"],
)
def test_one_of_the_copies_of_a_fragment(copies: list[ListedFragment], best: str) -> None:
    assert [fragment.number for fragment in distinct(copies)] == [best]
    assert [fragment.number for fragment in distinct(reversed(copies))] == [best]


def test_nothing_is_selected_in_closed_hours() -> None:
    closed = camera(sampling=Sampling(sample_every=10, opening_hours=parse("sun 09:00-10:00")))
    selection = select(closed, [listed(start) for start in range(0, 60, 2)], (), at(60))

    assert selection == select(closed, [], (), at(60))
    assert (selection.selected, selection.pending) == ((), False)


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_the_nights_of_the_clock_change(night: str) -> None:
    hours = Sampling(sample_every=600, time_zone="Europe/Berlin", opening_hours=parse("sun 01:00-04:00"))
    midnight = datetime.fromisoformat(
        f"{night}T00:00:00+01:00" if "03" in night else f"{night}T00:00:00+02:00"
    )
    shop = camera(since=midnight, sampling=hours)
    fragments = [
        ListedFragment(str(index + 1), midnight + index * step, midnight + index * step, step)
        for step in (timedelta(seconds=20),)
        for index in range(5 * 180)
    ]
    selected = select(shop, fragments, (), midnight + timedelta(hours=6)).selected

    # 01:00-04:00 has two hours in spring and four in autumn.
    assert len(chosen(selected)) == (12 if "03" in night else 24)


TRACK = Track(1, "V_MPEG4/ISO/AVC", b"")


def keyframes(*times: float) -> list[Keyframe]:
    return [Keyframe(at(time), TRACK, b"") for time in times]


@pytest.mark.parametrize(
    ("sample_every", "times", "expected"),
    [
        (10, (8, 9, 10, 11), 10),
        (10, (8, 9, 10.001), 9),
        (10, (11, 9, 8), 9),
        (10, (0,), None),
        (10, (0.001,), 0.001),
        (10, (), None),
        (300, (), None),
    ],
)
def test_the_last_keyframe_of_the_window(
    sample_every: int, times: tuple[float, ...], expected: float | None
) -> None:
    cam = camera(sampling=Sampling(sample_every=sample_every))
    found = keyframe_for(cam, at(10 if sample_every == 10 else 300), keyframes(*times))

    assert (found and found.time) == (expected if expected is None else at(expected))


def test_thirty_seconds_are_the_limit_however_long_the_interval() -> None:
    cam = camera(sampling=Sampling(sample_every=300))

    assert keyframe_for(cam, at(300), keyframes(269.999)) is None
    assert keyframe_for(cam, at(300), keyframes(270))


# Any video: sessions in order, with holes, copies and groups of pictures of any length.
lengths = st.lists(st.integers(1, 20_000), min_size=1, max_size=40)
holes = st.lists(st.integers(0, 40_000), min_size=40, max_size=40)
intervals = st.sampled_from([1, 2, 7, 10, 30, 60])


def streams(spans: list[int], gaps: list[int]) -> list[ListedFragment]:
    fragments, start = [], 0
    for number, (length, gap) in enumerate(zip(spans, gaps, strict=False)):
        # Most follow closely, as from a camera; every fourth leaves a hole.
        fragments.append(listed(start / 1000, length / 1000, number=number + 1))
        start += length + (gap if number % 4 == 3 else 40)
    return fragments


@given(lengths, holes, intervals, st.randoms(use_true_random=False))
def test_each_instant_in_one_fragment_at_most_whatever_the_order(
    spans: list[int], gaps: list[int], every: int, random: Random
) -> None:
    cam = camera(sampling=Sampling(sample_every=every))
    fragments = streams(spans, gaps)
    shuffled = [*fragments, *fragments[::3]]
    random.shuffle(shuffled)

    selected = select(cam, shuffled, (), LATER).selected

    assert selected == select(cam, fragments, (), LATER).selected
    instants = [instant for choice in selected for instant in choice.instants]
    assert len(instants) == len(set(instants))
    for choice in selected:
        for instant in choice.instants:
            after, last = cam.frame_window(instant)
            assert choice.fragment.start <= last
            assert choice.fragment.end > after
    covered = {
        instant
        for fragment in fragments
        for instant in cam.due(fragment.start, fragment.end + timedelta(milliseconds=1))
    }
    assert covered <= set(instants)  # existing video is never skipped


@given(lengths, intervals, st.lists(st.integers(0, 40_000_000), max_size=60))
def test_no_keyframe_serves_two_instants(spans: list[int], every: int, times: list[int]) -> None:
    cam = camera(sampling=Sampling(sample_every=every))
    frames = keyframes(*(time / 1000 for time in times))
    found = [keyframe_for(cam, instant, frames) for instant in cam.due(at(0), at(400))]
    used = [keyframe.time for keyframe in found if keyframe]

    assert len(used) == len(set(used))


@given(lengths, intervals, st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_each_instant_goes_to_the_same_fragment_at_any_rhythm_of_pulls(
    spans: list[int], every: int, pauses: list[int]
) -> None:
    """An ordered stream gives the same selection, pulled in any steps or all at once."""
    cam = camera(sampling=Sampling(sample_every=every))
    fragments = streams(spans, [40] * len(spans))
    expected = chosen(select(cam, fragments, (), LATER).selected)

    seen = pulls(cam, fragments, pauses)

    # Each fragment takes at most 20 s, so each arrives within SETTLE after the start of the one before.
    assert seen == expected


def pulls(cam: Camera, fragments: list[ListedFragment], pauses: list[int]) -> dict[datetime, datetime]:
    """What a series of pulls fetches: each sees the fragments that are complete by then."""
    decided: dict[datetime, datetime] = {}
    now, index = at(0), 0
    while now < LATER:
        now += timedelta(seconds=pauses[index % len(pauses)])
        index += 1
        known = [fragment for fragment in fragments if fragment.server_time + fragment.length <= now]
        for choice in select(cam, known, decided, now).selected:
            for instant in choice.instants:
                decided[instant] = choice.fragment.start
        if now > fragments[-1].end + 2 * SETTLE:
            break
    return decided


def test_a_frame_is_not_older_than_the_change_of_the_interval_allows() -> None:
    changed = replace(EVERY_10_S).with_sampling(Sampling(sample_every=60), at(100))
    fragments = [listed(start) for start in range(0, 1204, 2)]
    instants = set(chosen(select(changed, fragments, (), at(1202)).selected))

    assert instants == set(changed.due(at(0), at(1200) + timedelta(milliseconds=1)))
    assert len(instants) == 90 + 6  # a quarter hour at the old interval
