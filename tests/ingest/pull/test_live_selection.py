from datetime import timedelta

import pytest

from ingest.kvs.video import Fragment, Keyframe, Track
from ingest.pull.live_selection import Decision, LiveSelector
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import at, camera

TRACK = Track(1, "V_MPEG4/ISO/AVC", b"")


def fragment(number: int, start: float, length: float, *keys: float, server: float | None = None) -> Fragment:
    """Keyframes at those seconds; it began to arrive `server`, by default half a second after its start."""
    keyframes = tuple(Keyframe(at(key), TRACK, b"") for key in keys)
    server_time = at(start + 0.5 if server is None else server)
    return Fragment(str(number), at(start), server_time, keyframes, length=timedelta(seconds=length))


def selector(every: int = 10, *decided_before: float, after: str | None = None) -> LiveSelector:
    return LiveSelector(camera(sampling=Sampling(sample_every=every)), [at(t) for t in decided_before], after)


def decided(found: list[Decision]) -> list[tuple[float, float | None]]:
    """(instant, keyframe's time) in seconds."""
    return [
        (seconds(decision.instant), seconds(decision.keyframe.time) if decision.keyframe else None)
        for decision in found
    ]


def seconds(time: object) -> float:
    assert hasattr(time, "__sub__")
    value: float = (time - at(0)).total_seconds()
    return value


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # covered: decided with the fragment itself, with the last keyframe before it
        ([(1, 8, 5, 8, 9.5, 11)], [(10, 9.5)]),
        # the first frame of a fragment is at the instant
        ([(1, 10, 2, 10)], [(10, 10)]),
        # covered, but its keyframe is older than the interval allows
        ([(1, -5, 18, -5)], [(0, -5), (10, None)]),
        # after its end: the next fragment decides
        ([(1, 7, 2, 7)], []),
        ([(1, 7, 2, 7), (2, 9.5, 3, 9.5)], [(10, 9.5)]),
        ([(1, 7, 2, 7), (2, 10.5, 3, 10.5)], [(10, 7)]),
        # a fragment of another session that arrived before: not a successor
        ([(1, 7, 2, 7), (2, 200, 2, 200)], [(200, 200)]),
        # the same fragment twice: one decision
        ([(1, 9, 2, 9), (2, 9, 2, 9)], [(10, 9)]),
        # no keyframe at all
        ([(1, 9, 2)], [(10, None)]),
    ],
)
def test_which_keyframe_stands_for_which_instant(
    parts: list[tuple[float, ...]], expected: list[tuple[float, float | None]]
) -> None:
    seen = selector()
    found = [decision for number, *rest in parts for decision in seen.see(fragment(int(number), *rest))]

    assert decided(found) == expected


def test_what_waited_long_enough_is_decided_without_a_successor() -> None:
    seen = selector()
    assert list(seen.see(fragment(1, 7, 2, 7))) == []

    assert list(seen.settle(at(60))) == []
    assert decided(list(seen.settle(at(67.5)))) == [(10, 7)]
    assert list(seen.settle(at(67.5))) == []


def test_the_next_pull_begins_before_what_is_open() -> None:
    seen = selector(after="0")
    list(seen.see(fragment(1, 1, 2, 1)))
    list(seen.see(fragment(2, 3, 2, 3)))
    assert seen.after == "1"  # the second may serve 10, unless the next does it better
    assert not seen.pending(at(9.5))
    assert seen.pending(at(10))

    again = selector(10, after=seen.after)
    found = [decision for start in (3, 9.2) for decision in again.see(fragment(int(start), start, 2, start))]

    assert decided(found) == [(10, 9.2)]
    assert not again.pending(at(12))


def test_open_in_the_very_first_fragment_means_from_the_beginning() -> None:
    seen = selector()
    list(seen.see(fragment(1, 7, 2, 7)))

    assert seen.after is None
    assert seen.last == "1"


def test_instants_decided_before_are_not_decided_again_and_forgotten_in_time() -> None:
    seen = selector(10, 10)
    assert list(seen.see(fragment(1, 9, 2, 9))) == []
    assert seen.decided == (at(10),)

    list(seen.see(fragment(2, 700, 2, 700)))
    assert seen.decided == (at(700),)


def test_instants_that_the_counter_would_refuse_are_not_taken() -> None:
    seen = selector()

    assert decided(list(seen.see(fragment(1, 119, 12, 119, 130, server=0)))) == [(120, 119)]


def test_instants_without_any_video_are_pending_for_some_minutes() -> None:
    seen = selector()
    assert seen.pending(at(100))
    list(seen.see(fragment(1, 99, 2, 99)))
    assert not seen.pending(at(100))
    assert seen.pending(at(115))
