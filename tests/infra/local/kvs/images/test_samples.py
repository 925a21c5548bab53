import pytest

from infra.local.kvs.images.samples import candidate_frames, choose, may_show, sample_times
from infra.local.kvs.service.fragments import Fragment, StoredFragment


def stored(number: str) -> StoredFragment:
    return StoredFragment(Fragment(number, 10_000, 20_000, 800), 0, False, 0, 0, 0)


@pytest.mark.parametrize(
    ("end_ms", "interval_ms", "times_ms"),
    [
        (400, 200, [0, 200, 400]),
        (399, 200, [0, 200]),
        (599, 200, [0, 200, 400]),
        (1, 200, [0]),
        (2999, 3000, [0]),
        (3000, 3000, [0, 3000]),
    ],
)
def test_a_sample_at_the_start_and_at_each_interval_to_the_end(
    end_ms: int, interval_ms: int, times_ms: list[int]
) -> None:
    samples = sample_times(7_000_000, 7_000_000 + end_ms * 1000, interval_ms)

    assert [(sample - 7_000_000) / 1000 for sample in samples] == times_ms


@pytest.mark.parametrize(
    ("sample_us", "shown"),
    [
        (9_999_999, False),  # before it begins
        (10_000_000, True),
        (10_800_000, True),  # its last frame
        (11_300_000, True),  # the last time within its reach
        (11_300_001, False),
    ],
)
def test_what_a_fragment_may_show(*, sample_us: int, shown: bool) -> None:
    assert may_show(10_000, 800, [0, sample_us, 99_000_000], 500) is shown


@pytest.mark.parametrize(
    ("sample_us", "time_ms"),
    [
        (999_999, None),  # no frame at or before it
        (1_000_000, 1000),
        (1_199_999, 1000),
        (1_200_000, 1200),
        (1_700_000, 1200),
        (1_700_001, None),  # out of reach
        (5_000_000, 5000),
    ],
)
def test_the_last_frame_at_or_before_the_sample_within_reach(sample_us: int, time_ms: int | None) -> None:
    shots = candidate_frames(stored("1"), 1000, [0, 200, 4000])

    chosen = choose([sample_us], shots, 500)

    assert [shot.time_ms for shot in chosen.values()] == ([] if time_ms is None else [time_ms])


def test_frames_in_the_order_of_decoding_and_fragments_in_any_order() -> None:
    shots = candidate_frames(stored("2"), 2000, [0, 600, 200, 400]) + candidate_frames(
        stored("1"), 1000, [0, 300, 100, 200]
    )
    samples = [1_250_000, 2_450_000]

    chosen = choose(samples, shots, 500)

    assert [(chosen[sample].stored.fragment.number, chosen[sample].relative_ms) for sample in samples] == [
        ("1", 200),
        ("2", 400),
    ]


def test_frames_before_their_fragments_time_are_never_shown() -> None:
    assert [shot.time_ms for shot in candidate_frames(stored("1"), 1000, [0, -80, -40, 40])] == [1000, 1040]


def test_of_two_copies_the_one_that_was_completed_last() -> None:
    shots = candidate_frames(stored("1"), 1000, [0]) + candidate_frames(stored("2"), 1000, [0])

    assert choose([1_000_000], shots, 500)[1_000_000].stored.fragment.number == "2"
