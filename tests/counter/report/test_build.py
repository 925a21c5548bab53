"""Reports of hand-made shops: two open hours a day, 2 people, then 6, on Saturdays 12."""

from datetime import UTC, date, datetime, time, timedelta

from counter.analytics.figures import Figure, Kind, Knowledge, Measure, Subject
from counter.analytics.trading_days import TradingCalendar
from counter.report.report import By
from counter.report.values import json_report
from tests.counter.analytics.lines import quarters
from tests.counter.report.shops import MONDAY, NAME, NOW, day_lines, of, report, weeks

SUNDAY = MONDAY + timedelta(days=6)


def value(figure: Figure) -> float:
    assert figure.value is not None, figure
    return round(figure.value, 3)


def test_a_week_by_day() -> None:
    found = report(of(weeks(1)), MONDAY, SUNDAY)
    # (2 + 6) / 2 on six days, (2 + 12) / 2 on Saturday.
    assert [value(row.mean) for row in found.rows] == [4, 4, 4, 4, 4, 7, 4]
    # (6 * 4 + 7) / 7
    assert value(found.total.mean) == round(31 / 7, 3)
    assert found.rows[5].label == "Sat 7 Nov 2026"
    assert found.rows[0].start == datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert (found.title, found.store_name) == ("store north, 2026-11-02 to 2026-11-08", NAME)
    assert found.made == NOW


def test_hours_that_are_closed_have_no_row_and_closed_days_have_one() -> None:
    lines = day_lines(MONDAY, [2] * 8)
    hours = report(of(lines), MONDAY, MONDAY + timedelta(days=1), By.HOUR)
    assert [row.label for row in hours.rows] == ["Mon 2 Nov 09:00", "Mon 2 Nov 10:00"]
    days = report(of(lines), MONDAY, MONDAY + timedelta(days=1))
    assert [row.mean.status for row in days.rows] == [Knowledge.KNOWN, Knowledge.CLOSED]


def test_a_quarter_hour_each() -> None:
    found = report(of(day_lines(MONDAY, [1, 2, 3])), MONDAY, MONDAY, By.QUARTER)
    assert [(row.label[-5:], value(row.mean)) for row in found.rows] == [
        ("09:00", 1), ("09:15", 2), ("09:30", 3),
    ]  # fmt: skip


def test_gaps_make_a_figure_unknown_and_not_lower() -> None:
    dark = MONDAY + timedelta(days=1)
    found = report(of(weeks(1, dark)), MONDAY, SUNDAY, By.HOUR)
    (row,) = [row for row in found.rows if row.mean.status is Knowledge.UNKNOWN]
    assert row.label == "Tue 3 Nov 10:00"
    assert (row.mean.value, row.instants.gaps) == (None, {"no_media": 12})


def test_the_grid_of_a_week_has_its_days_and_hours() -> None:
    grid = report(of(weeks(1)), MONDAY, SUNDAY).grid
    assert (grid.usual, grid.hours, len(grid.rows)) == (False, (9, 10), 7)
    assert value(grid.cells["Sat 7 Nov", 10]) == 12


def test_the_grid_of_a_longer_span_is_the_usual_week() -> None:
    found = report(of(weeks(3)), MONDAY, MONDAY + timedelta(days=20))
    assert (found.grid.usual, found.grid.rows[5]) == (True, "Saturday")
    assert value(found.grid.cells["Saturday", 10]) == 12
    assert found.high == ["Saturday 10:00"]


def test_weekdays_rest_on_their_days() -> None:
    found = report(of(weeks(3)), MONDAY, MONDAY + timedelta(days=20), By.WEEKDAY)
    assert [(row.label, value(row.mean), row.start) for row in found.rows][5] == ("Saturdays (3)", 7, None)
    assert list(found.rows[0].values) == [Measure.MEAN]


def test_the_hour_that_the_clock_shows_twice_has_two_rows_told_apart_and_one_cell() -> None:
    # In Berlin the clock goes from 3:00 back to 2:00 on 25 October, at 1:00 UTC.
    lines = quarters("2026-10-25T00:00:00Z", [1] * 4 + [3] * 4 + [5] * 4)
    day = date(2026, 10, 25)
    found = report(of(lines), day, day, By.HOUR)
    assert [(row.label, value(row.mean)) for row in found.rows] == [
        ("Sun 25 Oct 02:00 +02:00", 1), ("Sun 25 Oct 02:00 +01:00", 3), ("Sun 25 Oct 03:00", 5),
    ]  # fmt: skip
    # Both together: (1 + 3) / 2.
    assert value(found.grid.cells["Sun 25 Oct", 2]) == 2


def test_hours_after_midnight_come_last_in_a_trading_day_that_starts_later() -> None:
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4))
    lines = quarters("2026-11-02T21:00:00Z", [4] * 16)
    found = report(of(lines, calendar=calendar), MONDAY, MONDAY, By.HOUR)
    assert found.grid.hours == (22, 23, 24, 25)
    assert [row.label for row in found.rows][-1] == "Tue 3 Nov 01:00"


def test_the_busiest_hour_after_midnight_has_the_name_of_its_row() -> None:
    """22:00 to 02:00 from Monday on, the most at 01:00 of Tuesday: it was called Monday 01:00."""
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4))
    lines = quarters("2026-11-02T21:00:00Z", [4] * 12 + [9] * 4)
    found = report(of(lines, calendar=calendar), MONDAY, MONDAY, By.HOUR)
    busiest = max(found.rows, key=lambda row: row.mean.value or 0)
    assert found.high == [busiest.label] == ["Tue 3 Nov 01:00"]
    assert list(found.grid.names.values()) == [row.label for row in found.rows]
    (cell,) = [cell for cell in json_report(found)["week"]["cells"] if cell["label"] == found.high[0]]
    assert (cell["trading_day"], cell["hour"], cell["mean"]["value"]) == ("Mon 2 Nov", 1, 9.0)


def test_the_busiest_usual_hour_after_midnight_is_of_the_next_weekday() -> None:
    """Nights of Sundays, for three weeks."""
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4))
    lines = [
        found
        for week in range(3)
        for found in quarters(f"{MONDAY + timedelta(days=6 + 7 * week)}T21:00:00Z", [4] * 12 + [9] * 4)
    ]
    found = report(of(lines, calendar=calendar), MONDAY, MONDAY + timedelta(days=20))
    assert (found.grid.usual, found.grid.rows, found.high) == (True, ("Sunday",), ["Monday 01:00"])


def test_a_day_that_starts_at_half_past_has_the_rest_of_that_hour_at_its_end() -> None:
    """From 04:30 to 04:30 of the next day: the two halves of 04:00 are two hours, not all that is between."""
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4, 30))
    lines = quarters("2026-11-02T03:30:00Z", [2, 2, *[8] * 92, 6, 6])
    found = report(of(lines, calendar=calendar), MONDAY, MONDAY, By.HOUR)
    assert (found.grid.hours[0], found.grid.hours[-1]) == (4, 28)
    assert (value(found.grid.cells["Mon 2 Nov", 4]), value(found.grid.cells["Mon 2 Nov", 28])) == (2, 6)


def test_an_excluded_day_says_why() -> None:
    calendar = TradingCalendar(of(weeks(1)).calendar.zones, excluded={MONDAY: "stocktaking"})
    found = report(of(weeks(1), calendar=calendar), MONDAY, SUNDAY)
    assert [row.remark for row in found.rows[:2]] == ["excluded: stocktaking", ""]


def test_titles_name_the_subject() -> None:
    lines = weeks(1)
    titles = [
        report(of(lines, subject), MONDAY, MONDAY).title
        for subject in (
            Subject(Kind.AREA, "floor"), Subject(Kind.CAMERA, "door"), Subject(Kind.ZONE, "till", "door"),
        )
    ]  # fmt: skip
    assert titles == [
        "area floor of store north, 2026-11-02",
        "camera door of store north, 2026-11-02",
        "zone till of camera door, 2026-11-02",
    ]


def test_nothing_at_all_is_a_report_without_rows() -> None:
    found = report(of([]), MONDAY, MONDAY, By.HOUR)
    assert (found.rows, found.grid.cells, found.high) == ((), {}, [])
    assert found.total.mean.status is Knowledge.CLOSED


def test_many_hours_that_stand_out_are_cut_short() -> None:
    # Seven busy hours of 23: a third may stand out.
    lines = quarters("2026-11-02T00:00:00Z", [9] * 28 + [2] * 64)
    found = report(of(lines), MONDAY, MONDAY, By.HOUR)
    assert found.high[-1] == "1 more"
    assert len(found.high) == 7
