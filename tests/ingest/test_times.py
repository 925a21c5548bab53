from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import (
    EPOCH,
    MILLISECOND,
    QUARTER_HOUR,
    floor_to,
    from_compact,
    from_millis,
    from_text,
    next_quarter,
    quarter_start,
    show_time,
    to_compact,
    to_millis,
    to_text,
    whole_millis,
)

# 1970 to 2199
millis = st.integers(min_value=0, max_value=7_258_118_399_999)
offsets = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(millis)
def test_every_form_of_a_time_reads_back(value: int) -> None:
    time = from_millis(value)
    assert to_millis(time) == value
    assert from_text(to_text(time)) == time
    assert from_compact(to_compact(time)) == time


@given(millis, millis)
def test_texts_sort_as_their_times(first_ms: int, second_ms: int) -> None:
    first, second = from_millis(first_ms), from_millis(second_ms)
    assert (to_text(first) < to_text(second)) == (first < second)
    assert (to_compact(first) < to_compact(second)) == (first < second)


@given(millis, offsets)
def test_a_time_is_written_in_utc_whatever_its_zone(value: int, offset: timedelta) -> None:
    time = from_millis(value)
    elsewhere = time.astimezone(timezone(offset))
    assert to_text(elsewhere) == to_text(time)
    assert to_compact(elsewhere) == to_compact(time)
    assert from_text(elsewhere.isoformat()) == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-22T14:05:00.000Z", datetime(2026, 11, 22, 14, 5, tzinfo=UTC)),
        ("2026-11-22T14:05:00Z", datetime(2026, 11, 22, 14, 5, tzinfo=UTC)),
        ("2026-11-22T15:05+01:00", datetime(2026, 11, 22, 14, 5, tzinfo=UTC)),
        ("2026-11-22T14:05:00.123999Z", datetime(2026, 11, 22, 14, 5, 0, 123000, tzinfo=UTC)),
    ],
)
def test_times_are_read_from_text(text: str, time: datetime) -> None:
    assert from_text(text) == time
    assert from_text(text).tzinfo is UTC


def test_a_text_without_a_zone_is_no_time() -> None:
    with pytest.raises(
        ValueError, match=r"'2026-11-22T14:05' has no time zone: write it as 2026-11-22T14:05:00Z"
    ):
        from_text("2026-11-22T14:05")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bla", "'bla' is not a time: write it as 2026-11-22T14:05:00Z"),
        ("2026-11-31T14:05:00Z", "'2026-11-31T14:05:00Z' is not a time: write it as 2026-11-22T14:05:00Z"),
        ("0001-01-01T00:00:00+23:00", "'0001-01-01T00:00:00+23:00' is outside the calendar in UTC"),
    ],
)
def test_other_texts_say_why(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        from_text(text)
    assert str(error.value) == sentence


def test_the_first_years_are_written_with_four_digits_too() -> None:
    time = datetime(1, 1, 1, tzinfo=UTC)
    assert (to_text(time), to_compact(time)) == ("0001-01-01T00:00:00.000Z", "00010101T000000000Z")


def test_the_compact_form() -> None:
    time = datetime(2026, 11, 22, 14, 5, 9, 70_999, tzinfo=UTC)
    assert to_compact(time) == "20261122T140509070Z"
    assert to_text(time) == "2026-11-22T14:05:09.070Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261122T140500000",
        "20261122T140500Z",
        "20261122 140500000Z",
        "20261122T140500000z",
        "20261322T140500000Z",
        "20261122T240500000Z",
        "20261122T140560000Z",
        "20261122T140500-01Z",
        "20261122T14050000 Z",
        "2026112\uff12T140500000Z",
        "20261122T140500000Z ",
        "+2026122T140500000Z",
    ],
)
def test_no_other_text_is_a_compact_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_compact(text)


def test_whole_millis_cuts_and_does_not_round() -> None:
    assert whole_millis(EPOCH + timedelta(microseconds=1999)) == EPOCH + MILLISECOND


@given(millis, st.integers(min_value=1, max_value=840))
def test_floor_is_the_last_multiple(value: int, seconds: int) -> None:
    time, step = from_millis(value), timedelta(seconds=seconds)
    floor = floor_to(time, step)
    assert (floor - EPOCH) % step == timedelta(0)
    assert floor <= time < floor + step


@pytest.mark.parametrize(
    ("time", "start"),
    [
        ("14:00:00.000", "14:00"),
        ("14:14:59.999", "14:00"),
        ("14:15:00.000", "14:15"),
        ("23:59:59.999", "23:45"),
    ],
)
def test_quarter_hours(time: str, start: str) -> None:
    moment, quarter = from_text(f"2026-11-22T{time}Z"), from_text(f"2026-11-22T{start}Z")
    assert quarter_start(moment) == quarter
    assert next_quarter(moment) == quarter + QUARTER_HOUR


@pytest.mark.parametrize(
    ("time", "zone", "short_at", "text"),
    [
        ("2026-11-22T13:05Z", "Europe/Berlin", None, "2026-11-22 14:05 CET"),
        ("2026-11-22T13:05:30Z", "Europe/Berlin", None, "2026-11-22 14:05:30 CET"),
        ("2026-11-22T23:30Z", "Europe/Berlin", "2026-11-22T12:00Z", "2026-11-23 00:30 CET"),
        ("2026-11-22T13:05Z", "Europe/Berlin", "2026-11-22T12:00Z", "14:05 CET"),
        ("2026-11-22T13:05Z", "UTC", None, "2026-11-22 13:05 UTC"),
    ],
)
def test_times_are_shown_in_the_local_time_of_the_shop(
    time: str, zone: str, short_at: str | None, text: str
) -> None:
    assert show_time(from_text(time), zone, short_at=from_text(short_at) if short_at else None) == text
