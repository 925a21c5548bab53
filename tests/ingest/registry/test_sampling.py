from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from ingest.times import EPOCH, MILLISECOND, from_text

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # Sundays, 02:00 left out, 02:00 twice


def local_texts(sampling: Sampling, start: str, end: str) -> list[str]:
    due = sampling.due(from_text(start), from_text(end))
    return [instant.astimezone(BERLIN).strftime("%d %H:%M%z") for instant in due]


def test_instants_are_multiples_since_the_epoch() -> None:
    start = from_text("2026-11-22T14:05:00.001Z")
    due = list(Sampling(sample_every=420).due(start, start + timedelta(minutes=30)))
    assert not any((instant - EPOCH) % timedelta(seconds=420) for instant in due)
    assert due[0] - start < timedelta(seconds=420)
    assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(seconds=420)}


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("14:00:00", "14:10:00", ["14:00", "14:05"]),  # the start is in, the end is not
        ("14:00:00.001", "14:10:00.001", ["14:05", "14:10"]),
        ("14:01:00", "14:04:59.999", []),
        ("14:05:00", "14:05:00", []),
        ("14:10:00", "14:00:00", []),
    ],
)
def test_a_span_holds_its_start_and_not_its_end(start: str, end: str, minutes: list[str]) -> None:
    due = Sampling().due(from_text(f"2026-11-22T{start}Z"), from_text(f"2026-11-22T{end}Z"))
    assert [f"{instant:%H:%M}" for instant in due] == minutes


def test_spring_forward_leaves_out_an_hour_of_the_wall() -> None:
    nights = Sampling(1800 // 3, "Europe/Berlin", parse("sun 01:30-03:30"))
    assert local_texts(nights, f"{SPRING}T00:00Z", f"{SPRING}T06:00Z") == [
        *("29 01:30+0100", "29 01:40+0100", "29 01:50+0100"),
        *("29 03:00+0200", "29 03:10+0200", "29 03:20+0200"),
    ]


def test_fall_back_has_an_hour_of_the_wall_twice() -> None:
    nights = Sampling(600, "Europe/Berlin", parse("sun 02:30-03:10"))
    assert local_texts(nights, "2026-10-24T22:00Z", f"{AUTUMN}T06:00Z") == [
        *("25 02:30+0200", "25 02:40+0200", "25 02:50+0200"),
        *("25 02:30+0100", "25 02:40+0100", "25 02:50+0100"),
        "25 03:00+0100",
    ]


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), ("2026-11-22", 24)])
def test_a_whole_sunday_is_as_long_as_its_day(day: str, hours: int) -> None:
    sunday = Sampling(600, "Europe/Berlin", parse("sun 00:00-24:00"))
    noon = from_text(f"{day}T12:00Z")
    due = list(sunday.due(noon - timedelta(days=2), noon + timedelta(days=2)))
    assert len(due) == hours * 6


@pytest.mark.parametrize(
    ("night", "hours", "last"), [(SPRING, 3, "01:50"), (AUTUMN, 5, "02:50"), ("2026-11-22", 4, "02:50")]
)
def test_a_span_past_midnight_in_a_night_of_change(night: str, hours: int, last: str) -> None:
    saturday = Sampling(600, "Europe/Berlin", parse("sat 23:00-03:00"))
    noon = from_text(f"{night}T12:00Z")
    due = list(saturday.due(noon - timedelta(days=1), noon))
    assert len(due) == hours * 6
    assert due[0].astimezone(BERLIN).strftime("%a %H:%M") == "Sat 23:00"
    assert due[-1].astimezone(BERLIN).strftime("%a %H:%M") == f"Sun {last}"


def test_the_weekday_is_that_of_the_shop() -> None:
    auckland = Sampling(600, "Pacific/Auckland", parse("mon 00:00-24:00"))
    assert auckland.is_due(from_text("2026-11-22T12:00Z"))  # Sunday noon UTC, Monday 01:00 there
    assert not auckland.is_due(from_text("2026-11-23T12:00Z"))


def test_a_disabled_camera_is_never_due() -> None:
    off = Sampling(1, enabled=False)
    assert not off.is_due(EPOCH)
    assert list(off.due(EPOCH, EPOCH + timedelta(hours=1))) == []


@pytest.mark.parametrize(("sample_every", "age"), [(1, 1), (29, 29), (30, 30), (31, 30), (840, 30)])
def test_a_frame_is_never_older_than_the_interval_nor_30_seconds(sample_every: int, age: int) -> None:
    assert Sampling(sample_every).max_frame_age == timedelta(seconds=age)


samplings = st.builds(
    Sampling,
    sample_every=st.sampled_from([1, 2, 7, 60, 300, 420, 840]),
    time_zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland"]
    ),
    opening_hours=st.sampled_from(
        [
            "always",
            "mon-fri 09:00-20:00",
            "sat 22:00-02:00; sun 02:00-03:30",
            "mon-sun 00:00-02:30 03:00-24:00",
        ]
    ).map(parse),
    enabled=st.sampled_from([True, True, True, False]),
)
# Around both changes of the clocks, and an ordinary day.
starts = st.builds(
    lambda day, seconds, millis: day + timedelta(seconds=seconds) + millis * MILLISECOND,
    st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)]),
    st.integers(0, 2 * 86_400),
    st.sampled_from([0, 0, 1, 999]),
)


@given(samplings, starts, st.integers(0, 2000))
def test_due_is_every_instant_that_is_due(sampling: Sampling, start: datetime, seconds: int) -> None:
    end = start + timedelta(seconds=seconds)
    first = start - (start - EPOCH) % timedelta(seconds=1)
    every_second = (first + timedelta(seconds=second) for second in range(seconds + 2))
    expected = [time for time in every_second if start <= time < end and sampling.is_due(time)]
    assert list(sampling.due(start, end)) == expected
