"""Series of small shops for tests of reports."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from counter.analytics.columns import Columns
from counter.analytics.figures import STORE, Subject
from counter.analytics.series import Series, series
from counter.analytics.trading_days import TradingCalendar
from counter.report.build import build
from counter.report.report import By, Question, Report
from tests.counter.analytics.lines import Line, quarters

MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
BERLIN = TradingCalendar.in_zone("Europe/Berlin")
NAME = 'Müller & Söhne <script>alert("1")</script>'


def day_lines(day: date, counts: Sequence[int | None], camera: str = "door") -> list[Line]:
    """Quarter hours from 9:00 in Berlin on, which is 8:00 UTC in November."""
    return quarters(f"{day}T08:00:00Z", counts, camera=camera)


def weeks(number: int, dark: date | None = None) -> list[Line]:
    """Two open hours a day, quiet and busy, busier on Saturdays; on `dark` the busy hour is not counted."""
    lines: list[Line] = []
    for place in range(7 * number):
        day = MONDAY + timedelta(days=place)
        busy = 12 if day.weekday() == 5 else 6
        found: list[int | None] = [2, 2, 2, 2, *([None] * 4 if day == dark else [busy] * 4)]
        lines += day_lines(day, found)
    return lines


def of(
    lines: Sequence[Line],
    subject: Subject = STORE,
    calendar: TradingCalendar = BERLIN,
    closed_until: datetime = NOW,
) -> Series:
    return series(Columns.of(lines), subject, calendar, closed_until)


def report(found: Series, first: date, last: date, by: By = By.DAY, notes: Sequence[str] = ()) -> Report:
    question = Question(found.subject, first, last, by)
    return build(found, question, ("north", NAME), NOW, notes)
