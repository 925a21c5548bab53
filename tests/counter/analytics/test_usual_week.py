"""Hand-worked: four weeks of a shop that opens for two hours."""

from datetime import date, time, timedelta
from math import sqrt

import pytest

from counter.analytics.columns import Columns
from counter.analytics.figures import STORE, Kind, Knowledge, Subject
from counter.analytics.series import Series, series
from counter.analytics.trading_days import TradingCalendar
from counter.analytics.usual_week import Usually, usual_days, usual_week
from ingest.times import from_text
from tests.counter.analytics.lines import Line, quarters

UTC = TradingCalendar.in_zone("UTC")
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 29)
"""A Monday and a Sunday, four weeks in all."""


def of(lines: list[Line], calendar: TradingCalendar = UTC, until: str = "2027-01-01T00:00:00Z") -> Series:
    return series(Columns.of(lines), STORE, calendar, from_text(until))


def mondays(*counts: int | None) -> list[Line]:
    """An hour of each of the Mondays, 10:00 to 11:00."""
    return [
        found
        for week, count in enumerate(counts)
        for found in quarters(f"{FIRST + timedelta(weeks=week)}T10:00:00Z", [count] * 4)
    ]


def only(cells: list[Usually]) -> Usually:
    (cell,) = cells
    return cell


def test_a_usual_hour_is_the_mean_of_its_days_with_t_over_the_days() -> None:
    cell = only(usual_week(of(mondays(3, 5, 4, 8)), FIRST, LAST))
    assert (cell.weekday, cell.hour, len(cell.days)) == (0, 10, 4)
    # The mean is 5; squares of the deviations 4 + 0 + 1 + 9 = 14, variance 14/3; t of 3 is 3.182.
    half = 3.182 * sqrt(14 / 3 / 4)
    assert cell.mean.value == pytest.approx(5.0)
    assert cell.mean.low == pytest.approx(5.0 - half, abs=0.002)
    assert cell.mean.high == pytest.approx(5.0 + half, abs=0.002)
    assert cell.mean.basis is not None
    assert cell.mean.basis.off == pytest.approx(sqrt(14 / 3 / 4) / 5)


def test_excluded_days_are_left_out() -> None:
    calendar = TradingCalendar(UTC.zones, excluded={FIRST + timedelta(weeks=3): "sale"})
    cell = only(usual_week(of(mondays(3, 5, 4, 80), calendar), FIRST, LAST))
    assert cell.mean.value == pytest.approx(4.0)
    assert len(cell.days) == 3


def test_a_dark_day_is_left_out_and_shows_in_coverage() -> None:
    cell = only(usual_week(of(mondays(5, None, 5, 5)), FIRST, LAST))
    assert cell.mean.value == pytest.approx(5.0)
    assert len(cell.days) == 3
    assert cell.instants.coverage == 0.75
    assert cell.instants.gaps == {"no_media": 12}


def test_days_that_differ_too_much_with_some_missing_are_unknown() -> None:
    cell = only(usual_week(of(mondays(2, None, 9)), FIRST, LAST))
    # 5.5 +- 12.7 * sqrt(24.5/2).
    assert cell.mean.status is Knowledge.UNKNOWN
    assert cell.mean.reason == "too much is missing: the figure could be off by more than itself"


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((5,), "there is only one of the Mondays"),
        ((None, None), "nothing was counted"),
        ((5, None, None), "of 3 Mondays only one is counted well enough"),
    ],
)
def test_one_day_or_none_says_nothing_of_what_is_usual(counts: tuple[int | None, ...], reason: str) -> None:
    cell = only(usual_week(of(mondays(*counts)), FIRST, LAST))
    assert (cell.mean.status, cell.mean.reason) == (Knowledge.UNKNOWN, reason)


def test_days_of_which_under_half_was_counted_were_not_without_any_count() -> None:
    lines = [
        found
        for week in range(2)
        for found in quarters(f"{FIRST + timedelta(weeks=week)}T10:00:00Z", [5, None, None, None])
    ]
    cell = only(usual_week(of(lines), FIRST, LAST))
    assert cell.mean.reason == "under half was counted on each of the Mondays"


def test_days_whose_gaps_nothing_stands_in_for_were_not_without_any_count() -> None:
    """76 % was counted, and the report said that nothing was."""
    lines = [
        found
        for week in range(2)
        for found in quarters(f"{FIRST + timedelta(weeks=week)}T10:00:00Z", [5, 5, 5, None])
    ]
    cell = only(usual_days(of(lines), FIRST, LAST))
    assert cell.instants.coverage == 0.75
    assert (
        cell.mean.reason == "the Mondays have gaps, and too few earlier days were counted at the same hours"
    )


def test_a_day_that_is_not_over_is_left_out() -> None:
    found = of(mondays(3, 5, 4, 80), until="2026-11-23T12:00:00Z")
    assert only(usual_week(found, FIRST, LAST)).mean.value == pytest.approx(4.0)


def test_an_hour_after_midnight_is_of_the_day_before() -> None:
    calendar = TradingCalendar.in_zone("UTC", time(4))
    # 01:00 on Tuesdays.
    lines = [
        found
        for week in range(4)
        for found in quarters(f"{FIRST + timedelta(weeks=week, days=1)}T01:00:00Z", [2] * 4)
    ]
    cell = only(usual_week(of(lines, calendar), FIRST, LAST))
    assert (cell.weekday, cell.hour) == (0, 1)


def test_an_hour_that_exists_twice_is_one_of_its_day() -> None:
    """25 October: 02:00 to 03:00 in Berlin lasts from 00:00 to 02:00 UTC, with 2 and then with 6 people."""
    calendar = TradingCalendar.in_zone("Europe/Berlin")
    lines = [
        *quarters("2026-10-25T00:00:00Z", [2] * 4 + [6] * 4),
        *quarters("2026-11-01T01:00:00Z", [4] * 4),
    ]
    cell = only(usual_week(of(lines, calendar), date(2026, 10, 19), date(2026, 11, 1)))
    assert (cell.weekday, cell.hour, len(cell.days)) == (6, 2, 2)
    assert cell.mean.value == pytest.approx(4.0)
    assert cell.mean.low == pytest.approx(4.0)


def test_a_usual_weekday_is_of_whole_days() -> None:
    lines = [
        found
        for week, counts in enumerate(([2, 4], [4, 6], [3, 5]))
        for day in range(2)
        for found in quarters(
            f"{FIRST + timedelta(weeks=week, days=day)}T10:00:00Z", [c + day for c in counts]
        )
    ]
    monday, tuesday = usual_days(of(lines), FIRST, LAST)
    # Mondays are 3, 5 and 4, Tuesdays one more.
    assert (monday.weekday, monday.hour, tuesday.weekday) == (0, None, 1)
    assert monday.mean.value == pytest.approx(4.0)
    assert tuesday.mean.value == pytest.approx(5.0)


def test_a_camera_has_a_usual_week_too() -> None:
    found = series(
        Columns.of(mondays(3, 5)), Subject(Kind.CAMERA, "door"), UTC, from_text("2027-01-01T00:00:00Z")
    )
    assert only(usual_week(found, FIRST, LAST)).mean.value == pytest.approx(4.0)


def six_weeks(dark: tuple[int, ...]) -> list[Line]:
    """Days that differ by chance; the third to the fifth quarter hour of some are dark."""
    return [
        found
        for number in range(42)
        for found in quarters(
            f"{FIRST + timedelta(days=number)}T10:00:00Z",
            [
                None if number in dark and place in {2, 3, 4} else 8 + (number * 5 + place * 3) % 7
                for place in range(8)
            ],
        )
    ]


def test_a_day_of_which_a_part_was_filled_counts_too() -> None:
    """On the last two Mondays 3 of 8 quarter hours are dark: 38 % missing is under half."""
    last = FIRST + timedelta(days=41)
    whole = usual_days(of(six_weeks(())), FIRST, last)[0]
    partly = usual_days(of(six_weeks((28, 35))), FIRST, last)[0]
    assert len(partly.days) == len(whole.days) == 6
    assert partly.mean.value == pytest.approx(whole.mean.value, rel=0.1)
    # 6 of 48 quarter hours are dark on these Mondays.
    assert partly.instants.missing == pytest.approx(6 / 48)


def test_a_day_whose_gap_nothing_stands_in_for_does_not_count() -> None:
    """The first Mondays have no past: what was interpolated from beside says nothing of what is usual."""
    last = FIRST + timedelta(days=41)
    cell = usual_days(of(six_weeks((0, 7))), FIRST, last)[0]
    assert len(cell.days) == 4


def test_a_day_with_a_small_gap_counts_without_past_days() -> None:
    """One dark quarter hour of 24, 4 %, on each of two Mondays: the other 96 % tell what is usual."""
    lines = [
        found
        for week in range(2)
        for found in quarters(f"{FIRST + timedelta(weeks=week)}T10:00:00Z", [5] * 7 + [None] + [5] * 16)
    ]
    cell = only(usual_days(of(lines), FIRST, LAST))
    assert len(cell.days) == 2
    assert cell.mean.value == pytest.approx(5.0)
