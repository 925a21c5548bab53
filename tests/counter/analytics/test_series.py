"""Hand-worked figures: each is derived in a comment. Everything is counted each 5 minutes, 3 instants a
quarter hour.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from math import sqrt

import pytest

from counter.analytics.columns import Columns
from counter.analytics.figures import (
    STORE,
    Evidence,
    Figure,
    Kind,
    Knowledge,
    Measure,
    Subject,
)
from counter.analytics.series import Series, series, subjects
from counter.analytics.spans import Span, Step, day_span, days_span, spans
from counter.analytics.trading_days import TradingCalendar, ZoneFrom
from ingest.times import from_text
from tests.counter.analytics.lines import Line, due_only, line, quarters

BERLIN = TradingCalendar.in_zone("Europe/Berlin")
DOOR = Subject(Kind.CAMERA, "door")
LATER = "2027-01-01T00:00:00Z"
MEAN, MINUTES, SHARE, MEDIAN, P90, PEAK = Measure


def of(
    lines: Sequence[Line],
    subject: Subject = STORE,
    calendar: TradingCalendar = BERLIN,
    closed_until: str = LATER,
) -> Series:
    return series(Columns.of(lines), subject, calendar, from_text(closed_until))


def day(found: Series, text: str) -> Span:
    return day_span(found.calendar, date.fromisoformat(text))


def known(figure: Figure) -> float:
    assert figure.status is Knowledge.KNOWN, figure
    assert figure.value is not None
    return figure.value


def evidence(figure: Figure) -> Evidence | None:
    return figure.basis.evidence if figure.basis else None


def many_days(
    before: str, days: int, counts: Sequence[int | None], camera: str = "door", area: str = "floor"
) -> list[Line]:
    """The same day again and again, the last one a day before `before`, from 10:00 UTC on."""
    first = date.fromisoformat(before) - timedelta(days=days)
    return [
        found
        for number in range(days)
        for found in quarters(f"{first + timedelta(days=number)}T10:00:00Z", counts, camera=camera, area=area)
    ]


# ---- a week with gaps

WEEK = [
    # Monday, 23 November 2026: complete, eight quarter hours from 11:00 to 13:00 in Berlin.
    *quarters("2026-11-23T10:00:00Z", [2, 2, 4, 4, 6, 6, 0, 0]),
    # Tuesday: two of eight quarter hours are dark.
    *quarters("2026-11-24T10:00:00Z", [2, 2, None, None, 6, 6, 0, 0]),
    # Wednesday: all dark, for two reasons.
    *quarters("2026-11-25T10:00:00Z", [None] * 5),
    *quarters("2026-11-25T11:15:00Z", [None] * 3, reason="no_frame"),
    # Thursday: one instant of 24 is missing, in the third quarter hour.
    *quarters("2026-11-26T10:00:00Z", [2, 2]),
    line("2026-11-26T10:30:00Z", [4, None, 4]),
    *quarters("2026-11-26T10:45:00Z", [4, 6, 6, 0, 0]),
    # Friday: closed. Saturday: half of it is over.
    *quarters("2026-11-28T10:00:00Z", [2, 2, 4, 4]),
    *due_only("2026-11-28T11:00:00Z", 4),
]
NOON_OF_SATURDAY = "2026-11-28T11:00:00Z"


@pytest.fixture(scope="module")
def week() -> Series:
    return of(WEEK, DOOR, closed_until=NOON_OF_SATURDAY)


def test_a_complete_day_is_known_from_the_first_day_on(week: Series) -> None:
    found = week.figures(day(week, "2026-11-23"))
    # (2+2+4+4+6+6+0+0)/8 people; times 120 minutes.
    assert known(found[MEAN]) == 3.0
    assert known(found[MINUTES]) == 360.0
    # Six of eight quarter hours with anybody.
    assert known(found[SHARE]) == 0.75
    # Half of the time at most 2 people (0, 0, 2, 2), 90 % of it at most 6.
    assert known(found[MEDIAN]) == 2.0
    assert known(found[P90]) == 6.0
    assert (found[PEAK].value, found[PEAK].low, found[PEAK].high) == (6.0, 6.0, 6.0)
    assert found[PEAK].at_least is False
    assert (found.instants.due, found.instants.counted, found.instants.coverage) == (24, 24, 1.0)


def test_the_interval_of_a_complete_day_is_of_the_moments_between_counts(week: Series) -> None:
    mean = week.figures(day(week, "2026-11-23"))[MEAN]
    # Within each quarter hour all counts are alike, so that quarter hours have no noise of their own. The
    # ends: half of an interval, 150 s, times the change over the day and twice the people there. The changes
    # between the quarter hours after and before, halved: (4-2, 4-2, 6-4, 6-4, 0-6, 0-6)/2 from the second to
    # the seventh, in all -2.
    person_seconds = sqrt(150**2 * ((-2) ** 2 + 2 * 3.0))
    half = 1.96 * person_seconds / 7200
    assert mean.low == pytest.approx(3.0 - half, abs=1e-4)
    assert mean.high == pytest.approx(3.0 + half, abs=1e-4)
    assert evidence(mean) is Evidence.MOMENTS


def test_too_much_missing_with_too_few_days_is_unknown_and_has_no_value(week: Series) -> None:
    found = week.figures(day(week, "2026-11-24"))
    # 6 of 24 instants, and Monday is the only complete day before.
    assert found[MEAN] == Figure(
        Knowledge.UNKNOWN,
        reason="25 % is missing, and of 8 earlier days counted at the same hours there is only 1",
    )
    assert found[MEDIAN].value is None
    assert found.instants.gaps == {"no_media": 6}
    assert found.instants.coverage == 0.75
    # What was seen was seen: the peak is at least 6.
    peak = found[PEAK]
    assert (peak.status, peak.value, peak.low, peak.high, peak.at_least) == (
        Knowledge.KNOWN,
        6.0,
        6.0,
        None,
        True,
    )


def test_a_dark_day_is_unknown_not_zero(week: Series) -> None:
    found = week.figures(day(week, "2026-11-25"))
    assert {figure.status for figure in found.values.values()} == {Knowledge.UNKNOWN}
    assert {figure.value for figure in found.values.values()} == {None}
    assert found[MEAN].reason == "nothing was counted"
    assert found.instants.gaps == {"no_media": 15, "no_frame": 9}
    assert found.instants.coverage == 0.0


def test_a_little_missing_is_known_without_past_days(week: Series) -> None:
    found = week.figures(day(week, "2026-11-26"))
    # 1 of 24 instants is 4 %; the quarter hour has the mean of its other two, 4: the day is Monday's.
    assert known(found[MEAN]) == 3.0
    assert evidence(found[MEAN]) is Evidence.BESIDE
    assert found.instants.missing == pytest.approx(1 / 24)


def test_a_closed_day_has_nothing_to_know_and_no_gap(week: Series) -> None:
    found = week.figures(day(week, "2026-11-27"))
    assert found[MEAN] == Figure(Knowledge.CLOSED)
    assert (found.instants.due, found.instants.coverage) == (0, None)


def test_a_day_that_is_not_over_is_pending_with_what_is_closed(week: Series) -> None:
    found = week.figures(day(week, "2026-11-28"))
    # (2+2+4+4)/4 so far; twelve instants are still to come, and they are no gaps.
    assert (found[MEAN].status, found[MEAN].value) == (Knowledge.PENDING, 3.0)
    assert (found.instants.pending, found.instants.coverage) == (12, 1.0)
    ahead = week.figures(day(week, "2026-11-29"))
    assert (ahead[MEAN].status, ahead[MEAN].value) == (Knowledge.PENDING, None)


def test_an_hour_and_a_quarter_hour_are_known_by_themselves(week: Series) -> None:
    # On Tuesday 11:00-12:00 lacks half of its instants, 12:00-13:00 none: (6+6+0+0)/4.
    hours = {
        f"{BERLIN.local(found.span.start):%H}": found
        for found in week.table(Step.HOUR, date(2026, 11, 24), date(2026, 11, 24))
    }
    assert hours["11"][MEAN].status is Knowledge.UNKNOWN
    assert known(hours["12"][MEAN]) == 3.0
    assert hours["13"][MEAN].status is Knowledge.CLOSED
    # The quarter hour of 11:30 was dark, that of 11:15 was not.
    numbers = spans(BERLIN, Step.QUARTER, date(2026, 11, 24), date(2026, 11, 24))
    statuses = [week.figures(numbers[place])[MEAN].status for place in (45, 46)]
    assert statuses == [Knowledge.KNOWN, Knowledge.UNKNOWN]


def test_the_week_is_unknown_since_too_much_of_it_is(week: Series) -> None:
    found = week.figures(days_span(BERLIN, date(2026, 11, 23), date(2026, 11, 27)))
    # 6 + 24 + 1 of 96 instants, 32 %.
    assert found.instants.missing == pytest.approx(31 / 96)
    assert found[MEAN].status is Knowledge.UNKNOWN


HALF_HOUR_DARK = [4, 4, None, None, 4, 4, 4, 4]


def test_with_24_days_alike_the_gap_is_filled_and_known() -> None:
    lines = [
        *many_days("2026-11-24", 24, [4] * 8),
        *quarters("2026-11-24T10:00:00Z", [4, 4, None, None, 4, 4, 4, 4]),
    ]
    found = of(lines, DOOR)
    mean = found.figures(day(found, "2026-11-24"))[MEAN]
    # The past days are flat at 4: what stands in is 4, and the replay on them is off by nothing. What remains
    # is the ends of the day: sqrt(150^2 (0 + 2*4)) person-seconds of 7200.
    assert known(mean) == pytest.approx(4.0, abs=1e-3)
    assert mean.high == pytest.approx(4.0 + 1.96 * 150 * sqrt(8) / 7200, abs=1e-3)
    assert mean.basis is not None
    assert (mean.basis.evidence, mean.basis.days) == (Evidence.REPLAY, 24)


def test_what_stands_in_has_todays_level() -> None:
    # Past days are flat, at 2 or at 6 in turn: their mean is 4. Today is at 3 where it was counted: so it is
    # where it was not, since days differ by their level and by nothing else.
    lines = [
        found
        for number in range(24)
        for found in quarters(f"2026-11-{number + 1:02}T10:00:00Z", [6 if number % 2 else 2] * 8)
    ]
    lines += quarters("2026-11-25T10:00:00Z", [3, 3, None, None, 3, 3, 3, 3])
    found = of(lines, DOOR)
    figures = found.figures(day(found, "2026-11-25"))
    assert known(figures[MEAN]) == pytest.approx(3.0, abs=0.02)
    # The two dark quarter hours have a histogram of their own for the others: past days' at today's level.
    assert known(figures[MEDIAN]) == pytest.approx(3.0, abs=0.05)
    assert known(figures[SHARE]) == 1.0


def test_excluded_and_incomplete_days_are_no_past_days() -> None:
    calendar = TradingCalendar(
        BERLIN.zones, excluded={date(2026, 11, 1) + timedelta(days=n): "rebuilding" for n in range(16)}
    )
    lines = [
        *many_days("2026-11-24", 24, [4] * 8),
        *quarters("2026-11-24T10:00:00Z", [4, 4, None, None, 4, 4, 4, 4]),
    ]
    # The days are 31 October to 23 November; 1 to 16 November are excluded: 1 + 7 remain, which is enough.
    found = of(lines, DOOR, calendar)
    mean = found.figures(day(found, "2026-11-24"))[MEAN]
    assert mean.basis is not None
    assert mean.basis.days == 8
    # One of them lacks a quarter hour of eight, 12 %: seven remain.
    lines[8 * 20 : 8 * 20 + 1] = quarters("2026-11-20T10:00:00Z", [None])
    found = of(lines, DOOR, calendar)
    mean = found.figures(day(found, "2026-11-24"))[MEAN]
    assert mean.reason == "25 % is missing, and of 8 earlier days counted at the same hours there are only 7"


def test_days_with_other_opening_hours_do_not_tell_what_is_usual() -> None:
    """A shop that is open until 12:00 UTC, on Fridays until 13:00; 21 days before, three of them Fridays."""
    lines = [
        found
        for number in range(3, 24)
        for found in quarters(
            f"{date(2026, 11, number)}T10:00:00Z", [4] * (12 if number in {6, 13, 20} else 8)
        )
    ]
    assert {date(2026, 11, number).weekday() for number in (6, 13, 20, 27)} == {4}
    lines += quarters("2026-11-27T10:00:00Z", [4] * 8 + [None, 4, 4, 4])
    found = of(lines, DOOR)
    friday = found.figures(day(found, "2026-11-27"))
    # 1 of 12 quarter hours, 8 %: only the Fridays have something at that time. It was taken from the counts
    # beside it, and the figure was called known.
    reason = "8 % is missing, and of 8 earlier days counted at the same hours there are only 3"
    assert friday[MEAN] == Figure(Knowledge.UNKNOWN, reason=reason)
    assert friday[MEDIAN].status is Knowledge.UNKNOWN
    hours = found.table(Step.HOUR, date(2026, 11, 27), date(2026, 11, 27))
    assert [hour[MEAN].status for hour in hours[11:14]] == [
        Knowledge.KNOWN,
        Knowledge.KNOWN,
        Knowledge.UNKNOWN,
    ]


def test_a_camera_that_is_new_has_no_days_although_the_store_has() -> None:
    lines = [
        *many_days("2026-11-24", 24, [4] * 8),
        *many_days("2026-11-24", 3, [4] * 8, camera="till", area="till"),
        *quarters("2026-11-24T10:00:00Z", [4] * 8),
        *quarters("2026-11-24T10:00:00Z", [4, None, None, 4, 4, 4, 4, 4], camera="till", area="till"),
    ]
    found = of(lines)
    mean = found.figures(day(found, "2026-11-24"))[MEAN]
    # 2 of 16 quarter hours.
    assert mean.reason == "12 % is missing, and of 8 earlier days counted at the same hours there are only 3"


def test_an_instant_missing_of_a_quarter_hour_that_stands_for_itself_takes_complete_days_alone() -> None:
    """The last hour of that Friday is dark and cannot be filled; the first one lacks an instant of 12."""
    lines = [*many_days("2026-11-27", 24, [4] * 8), line("2026-11-27T10:00:00Z", [4, None, 4])]
    lines += quarters("2026-11-27T10:15:00Z", [4] * 7 + [None])
    lines += quarters("2026-11-27T12:15:00Z", [None] * 3)
    found = of(lines, DOOR)
    hours = found.table(Step.HOUR, date(2026, 11, 27), date(2026, 11, 27))
    assert known(hours[11][MEAN]) == 4.0
    assert hours[13][MEAN].status is Knowledge.UNKNOWN


def test_days_that_differ_too_much_make_the_figure_unknown() -> None:
    # The hidden half hour had 0 or 40 people on past days, and nothing told which.
    lines = [
        found
        for number in range(24)
        for found in quarters(
            f"2026-11-{number + 1:02}T10:00:00Z", [4, 4, *[40 if number % 2 else 0] * 2, 4, 4, 4, 4]
        )
    ]
    lines += quarters("2026-11-25T10:00:00Z", [4, 4, None, None, 4, 4, 4, 4])
    found = of(lines, DOOR)
    mean = found.figures(day(found, "2026-11-25"))[MEAN]
    assert mean.status is Knowledge.UNKNOWN
    assert mean.reason.startswith("too much is missing: the figure could be off by")
    assert mean.value is None


# ---- overlapping cameras, areas, the store

FLOOR = Subject(Kind.AREA, "floor")


def overlapping(dark: bool) -> list[Line]:
    """24 days, and today: cameras a and b see the same floor, c the yard. b sees most, and may be dark for a
    while.
    """
    return [
        *many_days("2026-11-25", 25, [4] * 8, camera="a"),
        *many_days("2026-11-24", 24, [6] * 8, camera="b"),
        *quarters("2026-11-24T10:00:00Z", [6, 6, *[None if dark else 6] * 2, 6, 6, 6, 6], camera="b"),
        *many_days("2026-11-25", 25, [3] * 8, camera="c", area="yard"),
    ]


def test_an_area_is_the_greatest_of_its_cameras_and_a_store_the_sum_of_its_areas() -> None:
    lines = overlapping(dark=False)
    floor, store = of(lines, FLOOR), of(lines)
    # max(4, 6), and that + 3; for 120 minutes.
    assert known(floor.figures(day(floor, "2026-11-24"))[MEAN]) == 6.0
    found = store.figures(day(store, "2026-11-24"))
    assert known(found[MEAN]) == 9.0
    assert known(found[MINUTES]) == 9.0 * 120
    assert {known(found[measure]) for measure in (MEDIAN, P90)} == {9.0}
    assert SHARE not in found.values
    # Three cameras, eight quarter hours, three instants.
    assert (found.instants.due, found.instants.counted) == (72, 72)


def test_a_darker_camera_does_not_make_the_area_lower() -> None:
    store = of(overlapping(dark=True))
    found = store.figures(day(store, "2026-11-24"))
    # Camera b is filled with its usual 6 before the greatest is taken: not max(4, nothing) + 3 = 7.
    assert known(found[MEAN]) == pytest.approx(9.0, abs=1e-3)
    assert found.instants.coverage == pytest.approx(66 / 72)
    half_hour = store.figures(Span(found.span.start + 46, found.span.start + 48, found.span.day))
    # There, at least camera a and the yard were seen; the mean is known all the same, from the day's replay.
    assert (half_hour[PEAK].value, half_hour[PEAK].at_least) == (7.0, True)
    assert known(half_hour[MEAN]) == pytest.approx(9.0, abs=1e-3)


def test_a_camera_with_half_of_its_instants_stands_for_itself() -> None:
    # Of two instants a quarter hour one is there, which is half: 8 is the mean, nothing is filled.
    lines = [
        line("2026-11-23T10:00:00Z", [8, None], every=450),
        line("2026-11-23T10:15:00Z", [4, 4], every=450),
    ]
    found = of(lines, DOOR)
    assert found.joined.values[:2].tolist() == [8.0, 4.0]
    # Of three instants one is there, under half: it is filled, here from beside, with 4.
    lines[0] = line("2026-11-23T10:00:00Z", [8, None, None])
    assert of(lines, DOOR).joined.values[:2].tolist() == [4.0, 4.0]


def test_a_camera_that_moved_to_another_area_counts_where_it_was() -> None:
    lines = [
        *quarters("2026-11-23T10:00:00Z", [4] * 4, camera="a"),
        *quarters("2026-11-24T10:00:00Z", [2] * 4, camera="a", area="yard"),
    ]
    floor, yard, alone = (
        of(lines, FLOOR),
        of(lines, Subject(Kind.AREA, "yard")),
        of(lines, Subject(Kind.CAMERA, "a")),
    )
    assert known(floor.figures(day(floor, "2026-11-23"))[MEAN]) == 4.0
    assert floor.figures(day(floor, "2026-11-24"))[MEAN].status is Knowledge.CLOSED
    assert known(yard.figures(day(yard, "2026-11-24"))[MEAN]) == 2.0
    # The camera is one and the same: (4 + 2)/2.
    assert known(alone.figures(days_span(BERLIN, date(2026, 11, 23), date(2026, 11, 24)))[MEAN]) == 3.0


def test_a_camera_dark_for_a_day_without_a_past_makes_the_store_unknown() -> None:
    # Of 25 cameras in areas of their own one is dark, 4 % of the instants; nothing says what it would have
    # counted.
    lines = [
        found
        for number in range(25)
        for found in quarters(
            "2026-11-23T10:00:00Z", [None if number == 7 else 2] * 4, camera=f"c{number}", area=f"a{number}"
        )
    ]
    found = of(lines)
    assert found.figures(day(found, "2026-11-23"))[MEAN].status is Knowledge.UNKNOWN


def test_a_zone_has_its_own_counts() -> None:
    lines = [
        line("2026-11-23T10:00:00Z", [5, 5, 5], zones={"till": [1, 1, 0]}),
        line("2026-11-23T10:15:00Z", [5, 5, 5], zones={"till": [0, 0, 0]}),
        line("2026-11-23T10:30:00Z", [5, 5, 5]),  # before the zone was drawn
    ]
    found = of(lines, Subject(Kind.ZONE, "till", "door"))
    figures = found.figures(day(found, "2026-11-23"))
    # 2 of 6 counts saw one person. The quarter hour without the zone is not the zone's.
    assert known(figures[MEAN]) == pytest.approx(1 / 3)
    assert known(figures[SHARE]) == pytest.approx(1 / 3)
    assert known(figures[MINUTES]) == pytest.approx(10.0)
    assert (known(figures[MEDIAN]), figures[PEAK].value) == (0.0, 1.0)


def test_a_zone_of_roll_ups_without_zone_histograms_has_a_mean_and_nothing_else() -> None:
    """Roll-ups of the first versions have the person-seconds of zones alone."""
    old = replace(line("2026-11-23T10:00:00Z", [5, 5, 5], zones={"till": [1, 1, 0]}), zone_histograms={})
    found = of([old], Subject(Kind.ZONE, "till", "door"))
    figures = found.figures(day(found, "2026-11-23"))
    assert known(figures[MEAN]) == pytest.approx(2 / 3)
    for measure in (SHARE, MEDIAN, P90, PEAK):
        assert (figures[measure].status, figures[measure].value) == (Knowledge.UNKNOWN, None)
        assert figures[measure].reason == "the roll-ups are older than the histograms of zones"


def test_subjects_are_all_that_the_lines_have() -> None:
    lines = [
        line("2026-11-23T10:00:00Z", [5], zones={"till": [1]}),
        line("2026-11-23T10:00:00Z", [5], camera="a", area="yard"),
    ]
    assert list(subjects(Columns.of(lines))) == [
        FLOOR,
        Subject(Kind.AREA, "yard"),
        Subject(Kind.CAMERA, "a"),
        DOOR,
        Subject(Kind.ZONE, "till", "door"),
    ]


def test_what_has_no_lines_is_closed() -> None:
    for lines in ([], quarters("2026-11-23T10:00:00Z", [1])):
        found = of(lines, Subject(Kind.CAMERA, "nowhere"))
        assert found.figures(day(found, "2026-11-23"))[MEAN] == Figure(Knowledge.CLOSED)


# ---- time zones, changes of the clock, nights


def test_both_days_of_a_change_of_the_clock() -> None:
    """Two people all the time: 2 * 60 person-minutes an hour, 25 hours in autumn and 23 in spring."""
    for start, hours, text in (
        ("2026-10-24T22:00:00Z", 25, "2026-10-25"),
        ("2026-03-28T23:00:00Z", 23, "2026-03-29"),
    ):
        found = of(quarters(start, [2] * 4 * hours), DOOR)
        figures = found.figures(day(found, text))
        assert known(figures[MINUTES]) == 2 * 60 * hours
        assert known(figures[MEAN]) == 2.0
        assert figures.instants.due == 12 * hours
        assert len(found.table(Step.HOUR, date.fromisoformat(text), date.fromisoformat(text))) == hours


def test_the_doubled_hour_is_two_hours() -> None:
    # 00:30 UTC is 02:30 summer time, 01:30 UTC is 02:30 winter time.
    lines = [*quarters("2026-10-25T00:00:00Z", [1] * 4), *quarters("2026-10-25T01:00:00Z", [5] * 4)]
    found = of(lines, DOOR)
    hours = found.table(Step.HOUR, date(2026, 10, 25), date(2026, 10, 25))
    assert [known(hours[place][MEAN]) for place in (2, 3)] == [1.0, 5.0]
    assert hours[4][MEAN].status is Knowledge.CLOSED


def test_gaps_in_the_doubled_hour_are_filled_from_the_same_time_of_other_days() -> None:
    """24 nights with 4 people from 02:00 to 04:00; in the night of the change three quarter hours of 02:00
    are dark.
    """
    nights = [
        found for number in range(24) for found in quarters(f"2026-10-{number + 1:02}T00:00:00Z", [4] * 8)
    ]
    # 02:00 to 04:00 winter time is 01:00 to 03:00 UTC, and 02:00 summer time is 00:00 UTC: twelve quarter
    # hours.
    found = of([*nights, *quarters("2026-10-25T00:00:00Z", [4, None, 4, 4, 4, None, None, *[4] * 5])], DOOR)
    mean = found.figures(day(found, "2026-10-25"))[MEAN]
    assert known(mean) == pytest.approx(4.0, abs=1e-3)
    assert mean.basis is not None
    assert mean.basis.days == 24


@pytest.mark.parametrize(
    ("zone", "evening", "morning"),
    # 23:00 UTC on Sunday the 22nd is 08:00 on Monday in Tokyo, and 18:00 on Sunday in New York; 13:00 UTC on
    # Monday is 22:00 on Monday in Tokyo, and 08:00 on Monday in New York.
    [("Asia/Tokyo", "2026-11-23", "2026-11-23"), ("America/New_York", "2026-11-22", "2026-11-23")],
)
def test_days_east_and_west_of_utc(zone: str, evening: str, morning: str) -> None:
    lines = [*quarters("2026-11-22T23:00:00Z", [1] * 4), *quarters("2026-11-23T13:00:00Z", [3] * 4)]
    found = of(lines, DOOR, TradingCalendar.in_zone(zone))
    means = {text: found.figures(day(found, text))[MEAN] for text in (evening, morning)}
    if evening == morning:
        assert known(means[evening]) == 2.0
    else:
        assert (known(means[evening]), known(means[morning])) == (1.0, 3.0)


def test_opening_hours_past_midnight_belong_to_the_day_on_which_they_began() -> None:
    """A bar, open from 20:00 on Saturday to 02:00 on Sunday in Berlin; its days start at 04:00."""
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4))
    lines = [*quarters("2026-11-21T19:00:00Z", [2] * 16), *quarters("2026-11-21T23:00:00Z", [8] * 8)]
    found = of(lines, DOOR, calendar)
    # (16 * 2 + 8 * 8)/24, six hours; Sunday has nothing left.
    figures = found.figures(day(found, "2026-11-21"))
    assert known(figures[MEAN]) == 4.0
    assert known(figures[MINUTES]) == 4.0 * 360
    assert found.figures(day(found, "2026-11-22"))[MEAN].status is Knowledge.CLOSED
    # By calendar days the same night falls apart: four hours of 2, and two hours of 8.
    apart = of(lines, DOOR)
    assert known(apart.figures(day(apart, "2026-11-21"))[MEAN]) == 2.0
    assert known(apart.figures(day(apart, "2026-11-22"))[MEAN]) == 8.0


def test_a_store_that_moved_to_another_time_zone_keeps_its_earlier_days() -> None:
    """From Berlin to London on the 24th: 09:00 UTC is 10:00 before, 09:00 from then on."""
    calendar = TradingCalendar(
        (ZoneFrom(date.min, "Europe/Berlin"), ZoneFrom(date(2026, 11, 24), "Europe/London"))
    )
    lines = [*quarters("2026-11-23T09:00:00Z", [1] * 4), *quarters("2026-11-24T09:00:00Z", [1] * 4)]
    found = of(lines, DOOR, calendar)
    hours = [
        f"{calendar.local(figures.span.start):%a %H:%M}"
        for figures in found.table(Step.HOUR, date(2026, 11, 23), date(2026, 11, 24))
        if figures[MEAN].status is Knowledge.KNOWN
    ]
    assert hours == ["Mon 10:00", "Tue 09:00"]


# ---- longer spans


def test_a_week_adds_its_days_by_their_time() -> None:
    # Monday 2 people for two hours, Tuesday 5 for one: (2*120 + 5*60)/180.
    lines = [*quarters("2026-11-23T10:00:00Z", [2] * 8), *quarters("2026-11-24T10:00:00Z", [5] * 4)]
    found = of(lines, DOOR)
    (week,) = found.table(Step.WEEK, date(2026, 11, 23), date(2026, 11, 29))
    assert known(week[MEAN]) == pytest.approx(3.0)
    assert known(week[MINUTES]) == pytest.approx(540.0)
    # Two thirds of the time there were 2.
    assert (known(week[MEDIAN]), known(week[P90])) == (2.0, 5.0)


def test_intervals_of_days_do_not_add_up_to_that_of_the_week() -> None:
    """Days differ by chance: seven days with a gap each are, together, surer than one of them."""
    past = [
        found
        for number in range(40)
        for found in quarters(
            f"{date(2026, 10, 1) + timedelta(days=number)}T10:00:00Z",
            [(number * 7 + place * 5) % 9 + 6 for place in range(8)],
        )
    ]
    gaps = [
        found
        for number in range(7)
        for found in quarters(
            f"{date(2026, 11, 10) + timedelta(days=number)}T10:00:00Z",
            [(number * 7 + place * 5) % 9 + 6 if place not in {2, 3} else None for place in range(8)],
        )
    ]
    found = of([*past, *gaps], DOOR)

    def width(span: Span) -> float:
        mean = found.figures(span)[MEAN]
        return (mean.high or 0.0) - (mean.low or 0.0)

    alone = [width(day_span(BERLIN, date(2026, 11, 10) + timedelta(days=number))) for number in range(7)]
    together = width(days_span(BERLIN, date(2026, 11, 10), date(2026, 11, 16)))
    assert min(alone) / 7 < together < 0.8 * min(alone)


def test_a_quarter_hour_that_is_counted_in_part_is_pending_as_long_as_it_is_open() -> None:
    # Two of three instants are counted, the third one is still to come: nothing is closed.
    start = from_text("2026-11-25T10:00:00Z")
    part = Line("door", start, counted=2, person_seconds=1200, counted_seconds=600, histogram={2: 2})
    found = of([part], closed_until="2026-11-25T10:00:00Z")
    figures = found.figures(day(found, "2026-11-25"))
    assert {figure.status for figure in figures.values.values()} == {Knowledge.PENDING}
    assert figures[MEAN].value is None
    assert (figures.instants.counted, figures.instants.pending) == (2, 1)


def test_a_zone_that_no_line_has_is_closed_all_the_time() -> None:
    found = of(quarters("2026-11-25T10:00:00Z", [1] * 4), Subject(Kind.ZONE, "shelf", "door"))
    assert found.figures(day(found, "2026-11-25"))[MEAN].status is Knowledge.CLOSED


def test_a_little_interpolated_does_not_make_the_median_unknown() -> None:
    """Five days that go from 2 to 16; on each, one quarter hour of 24 is dark, 4 %, without past days."""
    counts = [2] * 8 + [10] * 8 + [16] * 8
    lines = [
        found
        for number in range(5)
        for found in quarters(f"2026-11-{23 + number}T10:00:00Z", [*counts[:12], None, *counts[13:]])
    ]
    found = of(lines)
    week = found.figures(days_span(BERLIN, date(2026, 11, 23), date(2026, 11, 27)))
    # (2 + 10 + 16)/3. The five quarter hours are 10, give or take 5.7: wherever they are, 8 * 5 quarter hours
    # are at 2 and 8 * 5 at 16, so that the middle of 24 * 5 stays at 10.
    assert known(week[MEAN]) == pytest.approx(28 / 3)
    assert known(week[MEDIAN]) == pytest.approx(10.0)
    assert known(week[P90]) == pytest.approx(16.0)
    median = week[MEDIAN]
    assert median.high is not None
    assert median.high < 11


def test_a_median_on_the_edge_of_what_is_interpolated_is_as_unsure_as_that() -> None:
    # 23 quarter hours, 2 or 16, and a dark one between them that decides which of them is in the middle.
    lines = quarters("2026-11-23T10:00:00Z", [2] * 11 + [None] + [16] * 12)
    found = of(lines)
    figures = found.figures(day(found, "2026-11-23"))
    # It is taken as 9, 7 more or less (the standard deviation of the others is 7.0): 2 to 16.
    assert figures[MEDIAN].status is Knowledge.UNKNOWN
    assert figures[MEDIAN].reason.startswith("too much is missing")
