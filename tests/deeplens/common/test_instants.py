"""The unit's grammar of keys is the bucket's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeplens.common.instants import FRAME_NAME, frame_name, instant_of, key, max_frame_age, next_instant
from ingest.frames.keys import FrameKey, parse
from ingest.registry.sampling import Sampling
from ingest.times import EPOCH, from_millis
from tests.deeplens.unit import START

INSTANTS = st.integers(0, 4_000_000_000)


@given(INSTANTS, st.integers(0, 839_999))
def test_a_key_is_the_one_that_the_counter_reads(instant: int, age_ms: int) -> None:
    millis = max(0, instant * 1000 - age_ms)
    name = frame_name(instant, millis)
    expected = FrameKey("till-1", from_millis(instant * 1000), from_millis(millis))
    assert key("till-1", name) == str(expected)
    assert parse(key("till-1", name)) == expected
    assert FRAME_NAME.fullmatch(name)
    assert instant_of(name) == instant


@given(INSTANTS, INSTANTS)
def test_names_sort_as_their_instants(first: int, second: int) -> None:
    assert (frame_name(first, 0) < frame_name(second, 0)) == (first < second)


@given(INSTANTS, st.integers(1, 840))
def test_the_instants_are_the_registrys(now: int, every: int) -> None:
    start = EPOCH + timedelta(seconds=now)
    first = next(Sampling(every).due(start, start + timedelta(seconds=every)))
    assert next_instant(now, every) == first.timestamp()
    assert max_frame_age(every) == Sampling(every).max_frame_age.total_seconds()


@pytest.mark.parametrize(
    ("now", "instant"), [(START, START), (START + 0.001, START + 300), (START - 0.001, START)]
)
def test_an_instant_is_its_own_next(now: float, instant: int) -> None:
    assert next_instant(now, 300) == instant
