"""Makes a report of a series: total, rows, the week, the hours that stand out. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from counter.analytics.figures import Figure, Figures, Measure
from counter.analytics.high_low import high_low
from counter.analytics.series import Series
from counter.analytics.spans import Span, Step, day_span, days_span, hours, spans
from counter.analytics.trading_days import DAY, TradingCalendar
from counter.analytics.usual_week import Usually, usual_days, usual_week
from counter.report.report import WEEKDAYS, By, Question, Report, ReportRow, WeekGrid, day_words

LONGEST_WEEK = timedelta(days=14)
"""Up to so many days the grid shows each day; of more it shows the usual week."""
MOST_NAMED = 6
"""High or low hours that are named at most."""
_STEPS = {By.QUARTER: Step.QUARTER, By.HOUR: Step.HOUR, By.DAY: Step.DAY}


def build(
    series: Series, question: Question, store: tuple[str, str], now: datetime, notes: Sequence[str] = ()
) -> Report:
    """The report; `store` is the ID and the name of the store."""
    calendar, first, last = series.calendar, question.first, question.last
    total = _row(f"{first} to {last}", series.figures(days_span(calendar, first, last)), calendar)
    grid = _usual_grid(series, question) if last - first >= LONGEST_WEEK else _daily_grid(series, question)
    high, low = _standing_out(grid)
    return Report(
        store[0],
        store[1],
        calendar.zones[-1].name,
        question,
        now.astimezone(ZoneInfo(calendar.zones[-1].name)),
        total,
        tuple(_rows(series, question)),
        grid,
        high,
        low,
        tuple(notes),
    )


def _rows(series: Series, question: Question) -> Iterator[ReportRow]:
    """The rows; what is shorter than a day and closed is left out."""
    if question.by is By.WEEKDAY:
        yield from map(_weekday_row, usual_days(series, question.first, question.last))
        return
    step = _STEPS[question.by]
    for span in spans(series.calendar, step, question.first, question.last):
        if step is Step.DAY or series.instants(series.columns(span)).due:
            yield _row(_label(series.calendar, span, step), series.figures(span), series.calendar)


def _row(label: str, found: Figures, calendar: TradingCalendar) -> ReportRow:
    reason = calendar.excluded.get(found.span.day, "")
    return ReportRow(
        label,
        calendar.local(found.span.start),
        calendar.local(found.span.end),
        found.instants,
        found.values,
        f"excluded: {reason}" if reason else "",
    )


def _weekday_row(usually: Usually) -> ReportRow:
    label = f"{WEEKDAYS[usually.weekday]}s ({len(usually.days)})"
    return ReportRow(label, None, None, usually.instants, {Measure.MEAN: usually.mean})


def _label(calendar: TradingCalendar, span: Span, step: Step) -> str:
    if step is Step.DAY:
        return day_words(span.day)
    start = calendar.local(span.start)
    text = f"{day_words(start.date())[:-5]} {start:%H:%M}"
    # An hour that the clock shows twice is told apart by its offset.
    twice = start.replace(tzinfo=None) in {
        calendar.local(span.start + hour).replace(tzinfo=None) for hour in (-4, 4)
    }
    return f"{text} {start.isoformat()[-6:]}" if twice else text


def _daily_grid(series: Series, question: Question) -> WeekGrid:
    cells: dict[tuple[str, int], Figure] = {}
    names: dict[tuple[str, int], str] = {}
    days: list[str] = []
    number = 0
    while question.first + number * DAY <= question.last:
        day = day_span(series.calendar, question.first + number * DAY)
        label = day_words(day.day)[:-5]
        for hour, span in _clock_hours(series.calendar, day).items():
            if series.instants(series.columns(span)).due:
                cells[label, hour] = series.figures(span)[Measure.MEAN]
                date = day_words(series.calendar.local(span.start).date())[:-5]
                names[label, hour] = f"{date} {hour % 24:02}:00"
        days.append(label)
        number += 1
    return WeekGrid(False, tuple(days), _hours(cells), cells, names)


def _clock_hours(calendar: TradingCalendar, day: Span) -> Mapping[int, Span]:
    """The hours of a day by the clock, 24 and more after midnight; of an hour that it shows twice both
    together.
    """
    found: dict[int, Span] = {}
    for span in hours(calendar, day):
        start = calendar.local(span.start)
        hour = start.hour + 24 * (start.date() - day.day).days
        found[hour] = Span(found.get(hour, span).start, span.end, day.day)
    return found


def _usual_grid(series: Series, question: Question) -> WeekGrid:
    cells: dict[tuple[str, int], Figure] = {}
    names: dict[tuple[str, int], str] = {}
    for cell in usual_week(series, question.first, question.last):
        if cell.hour is not None:
            next_day = cell.hour < series.calendar.day_starts.hour
            place = WEEKDAYS[cell.weekday], cell.hour + 24 * next_day
            cells[place] = cell.mean
            names[place] = f"{WEEKDAYS[(cell.weekday + next_day) % 7]} {cell.hour:02}:00"
    rows = tuple(day for day in WEEKDAYS if any(row == day for row, _ in cells))
    return WeekGrid(True, rows, _hours(cells), cells, names)


def _hours(cells: Mapping[tuple[str, int], Figure]) -> tuple[int, ...]:
    """All hours from the first to the last that is open."""
    found = [hour for _, hour in cells]
    return tuple(range(min(found), max(found) + 1)) if found else ()


def _standing_out(grid: WeekGrid) -> tuple[list[str], list[str]]:
    names = [grid.names[place] for place in grid.cells]
    found = high_low(list(grid.cells.values()))
    values = [figure.value or 0.0 for figure in grid.cells.values()]
    high = sorted(found.high, key=lambda place: -values[place])
    low = sorted(found.low, key=lambda place: values[place])
    return _named(names, high), _named(names, low)


def _named(names: Sequence[str], places: Sequence[int]) -> list[str]:
    """`Saturday 15:00`, the most extreme first."""
    named = [names[place] for place in places[:MOST_NAMED]]
    more = len(places) - len(named)
    return [*named, f"{more} more"] if more else named
