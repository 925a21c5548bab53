import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.registry.opening_hours import (
    ALWAYS,
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    OpeningHours,
    from_map,
    parse,
)

MON, FRI, SAT, SUN = 0, 4, 5, 6


def minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("text", "weekday", "clock", "is_open"),
    [
        ("mon-fri 09:00-20:00", MON, "08:59", False),
        ("mon-fri 09:00-20:00", MON, "09:00", True),
        ("mon-fri 09:00-20:00", FRI, "19:59", True),
        ("mon-fri 09:00-20:00", FRI, "20:00", False),
        ("mon-fri 09:00-20:00", SAT, "12:00", False),
        ("mon 09:00-12:00 13:00-20:00", MON, "12:30", False),
        ("mon 09:00-12:00 13:00-20:00", MON, "13:00", True),
        # A span that passes midnight belongs to the day on which it starts.
        ("sat 22:00-02:00", SAT, "21:59", False),
        ("sat 22:00-02:00", SAT, "22:00", True),
        ("sat 22:00-02:00", SUN, "01:59", True),
        ("sat 22:00-02:00", SUN, "02:00", False),
        ("sat 22:00-02:00", SAT, "01:00", False),
        # From the end of the week into its beginning.
        ("sun 22:00-02:00", MON, "01:59", True),
        ("sun 22:00-02:00", MON, "02:00", False),
        ("sun 18:00-24:00", SUN, "23:59", True),
        ("sun 18:00-24:00", MON, "00:00", False),
        ("sun 22:00-00:00", SUN, "23:59", True),
        ("sun 22:00-00:00", MON, "00:00", False),
        ("sat-mon 10:00-11:00", SUN, "10:30", True),
        ("always", SUN, "03:00", True),
        ("mon 09:00-09:01", MON, "09:00", True),
    ],
)
def test_open_or_closed(text: str, weekday: int, clock: str, is_open: bool) -> None:
    assert parse(text).is_open(weekday, minute(clock)) is is_open


@pytest.mark.parametrize(
    "text",
    [
        "always",
        "mon-fri 09:00-20:00; sat 10:00-18:00",
        "mon 09:00-12:00 13:00-20:00",
        "mon 09:00-20:00; wed 09:00-20:00",
        "sat-sun 22:00-02:00",
        "sun 00:00-24:00",
    ],
)
def test_the_text_reads_back_as_it_is_written(text: str) -> None:
    assert parse(text).to_text() == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (" Mon-Fri  09:00-20:00 ;", "mon-fri 09:00-20:00"),
        ("ALWAYS", "always"),
        ("mon-sun 00:00-24:00", "always"),
        ("mon-sun 00:00-00:00", None),
        ("mon 09:00-20:00; tue 09:00-20:00", "mon-tue 09:00-20:00"),
        ("fri-mon 09:00-20:00", "mon 09:00-20:00; fri-sun 09:00-20:00"),
    ],
)
def test_other_ways_to_write_the_same(text: str, same: str | None) -> None:
    if same is None:
        with pytest.raises(ValueError, match="write a whole day as 00:00-24:00"):
            parse(text)
    else:
        assert parse(text).to_text() == same


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "opening hours are empty: write 'always' or spans such as 'mon-sat 09:00-20:00'"),
        (" ; ", "opening hours are empty: write 'always' or spans such as 'mon-sat 09:00-20:00'"),
        ("mon", "opening hours 'mon' have no span: write them as 'mon-fri 09:00-20:00'"),
        ("09:00-20:00", "opening hours '09:00-20:00' have no span: write them as 'mon-fri 09:00-20:00'"),
        (
            "mo 09:00-20:00",
            "weekday 'mo' is unknown: use one of mon tue wed thu fri sat sun, or a range such as mon-fri",
        ),
        (
            "mon-x 09:00-20:00",
            "weekday 'mon-x' is unknown: use one of mon tue wed thu fri sat sun, or a range such as mon-fri",
        ),
        ("mon 9:00-20:00", "opening span '9:00-20:00' is not of the form HH:MM-HH:MM"),
        ("mon 09:00", "opening span '09:00' is not of the form HH:MM-HH:MM"),
        ("mon 09:00-24:01", "opening span '09:00-24:01' has a time outside 00:00-24:00"),
        ("mon 24:00-09:00", "opening span '24:00-09:00' has a time outside 00:00-24:00"),
        ("mon 09:60-10:00", "opening span '09:60-10:00' has a time outside 00:00-24:00"),
        ("mon 09:00-09:00", "opening span '09:00-09:00' is empty: write a whole day as 00:00-24:00"),
        (
            "mon-fri 09:00-20:00; fri 21:00-22:00",
            "opening hours name fri twice: put all its spans in one part",
        ),
        (
            "mon 08:00-22:00 21:00-23:00",
            "opening hours overlap: mon 08:00-22:00 and mon 21:00-23:00",
        ),
        # Across midnight, and across the end of the week.
        ("sat 22:00-02:00; sun 01:00-03:00", "opening hours overlap: sat 22:00-02:00 and sun 01:00-03:00"),
        ("sun 22:00-02:00; mon 01:00-03:00", "opening hours overlap: sun 22:00-02:00 and mon 01:00-03:00"),
    ],
)
def test_what_is_wrong_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole sentence is compared
        parse(text)
    assert str(error.value) == sentence


@pytest.mark.parametrize("text", ["sat 22:00-02:00; sun 02:00-03:00", "sun 22:00-02:00; mon 02:00-03:00"])
def test_spans_may_touch(text: str) -> None:
    assert parse(text).to_text()


def test_an_unknown_weekday_of_the_registry_is_named() -> None:
    with pytest.raises(
        ValueError, match="weekday 'montag' is unknown: use one of mon tue wed thu fri sat sun"
    ):
        from_map({"montag": ["09:00-20:00"]})


def test_closed_all_week_is_possible_in_the_registry() -> None:
    closed = from_map({})
    assert not any(closed.is_open(day, clock) for day in range(7) for clock in range(0, MINUTES_PER_DAY, 15))


@st.composite
def opening_hours(draw: st.DrawFn) -> OpeningHours:
    """Any hours: a week of minutes cut into spans, every second one open, none longer than a day."""
    cuts = sorted(draw(st.lists(st.integers(0, MINUTES_PER_WEEK - 1), min_size=2, max_size=24, unique=True)))
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        day, minute_of_day = divmod(start, MINUTES_PER_DAY)
        days[day].append(
            (minute_of_day, min(minute_of_day + end - start, minute_of_day + MINUTES_PER_DAY - 1))
        )
    return OpeningHours(tuple(tuple(sorted(spans)) for spans in days))


@given(opening_hours())
def test_any_hours_read_back(hours: OpeningHours) -> None:
    assert from_map(hours.to_map()) == hours
    assert parse(hours.to_text()) == hours


@given(opening_hours(), st.integers(0, MINUTES_PER_WEEK - 1))
def test_open_is_what_the_spans_say(hours: OpeningHours, at: int) -> None:
    open_minutes = {
        (day * MINUTES_PER_DAY + moment) % MINUTES_PER_WEEK
        for day, spans in enumerate(hours.days)
        for start, end in spans
        for moment in range(start, end)
    }
    assert hours.is_open(*divmod(at, MINUTES_PER_DAY)) == (at in open_minutes)


def test_always_is_open_at_every_minute() -> None:
    assert all(ALWAYS.is_open(day, clock) for day in range(7) for clock in range(MINUTES_PER_DAY))
