from datetime import timedelta

import pytest

from ingest.registry.live_reading import (
    BUFFER_BYTES,
    FASTEST,
    MARGIN,
    TICK,
    read_every,
    too_fast,
    with_measured,
)

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("rate", "minutes"),
    [
        (None, 4),
        (0, 4),
        (250_000, 4),  # 2 Mbit/s
        (666_666, 4),
        (800_000, 3 + 10 / 60),
        (1_000_000, 2 + 20 / 60),
        (FASTEST, 1),
        (10 * FASTEST, 1),
    ],
)
def test_a_stream_is_read_a_minute_before_its_buffer_is_full(rate: int | None, minutes: float) -> None:
    assert abs(read_every(rate) - minutes * MINUTE) < timedelta(milliseconds=1)


def test_what_can_be_followed_fits_the_buffer_until_it_is_read() -> None:
    for rate in range(100_000, FASTEST, 50_000):
        assert (read_every(rate) + MARGIN).total_seconds() * rate <= BUFFER_BYTES + 1
    assert (TICK + MARGIN).total_seconds() * (FASTEST + 1) > BUFFER_BYTES


@pytest.mark.parametrize(
    ("rate", "size", "seconds", "expected"),
    [
        (None, 50_000_000, 100, 500_000),
        (400_000, 50_000_000, 100, 500_000),
        (1_000_000, 50_000_000, 100, 900_000),  # a busy minute fades
        (400_000, 10**9, 9, 400_000),  # too short to measure
        (None, 0, 0, None),
    ],
)
def test_the_rate(rate: int | None, size: int, seconds: float, expected: int | None) -> None:
    assert with_measured(rate, size, timedelta(seconds=seconds)) == expected


def test_a_stream_that_cannot_be_followed_is_named() -> None:
    assert too_fast(None) is None
    assert too_fast(FASTEST) is None
    assert too_fast(2_000_000) == (
        "its video arrives at 16.0 Mbit/s, and beyond 13.3 Mbit/s some is lost: KVS buffers 200 MB of a"
        " stream without retention, which is read once a minute"
    )
