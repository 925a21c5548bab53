"""What a report holds: the figures of a subject over some trading days, and of each part of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from counter.analytics.figures import Figure, Instants, Measure, Subject

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class By(StrEnum):
    """What a row of the report stands for."""

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    WEEKDAY = "weekday"


@dataclass(frozen=True)
class Question:
    """What a report is asked for: the trading days `first` to `last`, both included."""

    subject: Subject
    first: date
    last: date
    by: By


@dataclass(frozen=True)
class ReportRow:
    """A part of the span: its label, when it was, and its figures.

    `start` and `end` are local times with their offset; None for a weekday, which is no single time. `remark`
    says what is special about it, such as why its day is excluded from usual figures.
    """

    label: str
    start: datetime | None
    end: datetime | None
    instants: Instants
    values: Mapping[Measure, Figure]
    remark: str = ""

    @property
    def mean(self) -> Figure:
        """People on average."""
        return self.values[Measure.MEAN]


@dataclass(frozen=True)
class WeekGrid:
    """The mean of each day, or of each usual weekday, at each hour; a cell that is absent was closed.

    `rows` are the labels of trading days, `hours` those of the wall clock in order: 24 and more are hours
    after midnight, on the next day of the calendar. `cells` has figures by row and hour, `names` what their
    hours are called, by the calendar: `Sat 28 Nov 00:00` in the row `Fri 27 Nov`.
    """

    usual: bool
    rows: tuple[str, ...]
    hours: tuple[int, ...]
    cells: Mapping[tuple[str, int], Figure]
    names: Mapping[tuple[str, int], str]


@dataclass(frozen=True)
class Report:
    """A report. `high` and `low` name the hours that stand out, `notes` say what the reader should know."""

    store_id: str
    store_name: str
    time_zone: str
    question: Question
    made: datetime
    total: ReportRow
    rows: Sequence[ReportRow]
    grid: WeekGrid
    high: Sequence[str] = ()
    low: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def title(self) -> str:
        """What the report is about, and which days."""
        return f"{subject_words(self.question.subject, self.store_id)}, {period_words(self.question)}"


def subject_words(subject: Subject, store_id: str) -> str:
    """`store north`, `area floor of store north`, `zone shelf of camera till`."""
    if subject.camera_id:
        return f"{subject.kind} {subject.name} of camera {subject.camera_id}"
    if subject.name:
        return f"{subject.kind} {subject.name} of store {store_id}"
    return f"store {store_id}"


def period_words(question: Question) -> str:
    """`2026-11-23`, or `2026-11-23 to 2026-11-29`."""
    if question.first == question.last:
        return str(question.first)
    return f"{question.first} to {question.last}"


def day_words(day: date) -> str:
    """`Mon 23 Nov 2026`, whatever the locale of the machine."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1]} {day.year}"
