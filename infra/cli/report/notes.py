"""What the reader of a report should know beside its figures: moves, missing files, excluded days. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import numpy as np

from counter.analytics.columns import Columns, quarter_number
from counter.analytics.figures import Kind, Subject
from counter.analytics.trading_days import TradingCalendar
from counter.report.report import Question
from infra.cli.report.choice import ReportChoice
from infra.cli.terminal.texts import late_counts, listed


def notes(
    columns: Columns,
    question: Question,
    calendar: TradingCalendar,
    unwritten: Sequence[date],
    late: Sequence[date],
) -> Iterator[str]:
    """One sentence each; `late` are days of the question whose files lack late counts."""
    columns = columns.where(columns.quarter >= calendar.start(question.first))
    yield from _moves(columns, question.subject, calendar)
    if gone := _within(columns, calendar, unwritten):
        yield f"The history has no file of {_days(gone)}: these days are missing here, see docs/history.md."
    if late:
        yield f"{late_counts([str(day) for day in late]).capitalize()}."
    excluded = [day for day in calendar.excluded if question.first <= day <= question.last]
    if excluded:
        days = ", ".join(f"{day} ({calendar.excluded[day]})" for day in sorted(excluded))
        yield f"Excluded from usual figures: {days}."


def late_days(late: Iterable[datetime], question: Question, calendar: TradingCalendar) -> list[date]:
    """The trading days of the question that quarter hours with late counts belong to, in order."""
    found = {calendar.day_of(quarter_number(quarter)) for quarter in late}
    return sorted(day for day in found if question.first <= day <= question.last)


def has_subject(columns: Columns, choice: ReportChoice) -> bool:
    """Whether the lines know the subject, which the registry does not have."""
    subject = choice.subject
    match subject.kind:
        case Kind.AREA:
            return subject.name in columns.areas
        case Kind.CAMERA:
            return subject.name in columns.cameras
        case Kind.ZONE:
            return subject.name in columns.zones
        case Kind.STORE:
            return True


def _moves(columns: Columns, subject: Subject, calendar: TradingCalendar) -> Iterator[str]:
    """Cameras of the subject that were in several areas, and the day from which each was in the next one."""
    for number, camera in enumerate(columns.cameras):
        lines = columns.camera == number
        areas, quarters = columns.area[lines], columns.quarter[lines]
        order = np.argsort(quarters, kind="stable")
        areas, quarters = areas[order], quarters[order]
        for place in np.flatnonzero(np.diff(areas)) + 1:
            before, after = columns.areas[areas[place - 1]], columns.areas[areas[place]]
            if subject.kind is not Kind.AREA or subject.name in (before, after):
                day = calendar.day_of(int(quarters[place]))
                yield (
                    f"Camera {camera} moved from area {before} to area {after} on {day}: figures before and"
                    " after are of different places."
                )


def _within(columns: Columns, calendar: TradingCalendar, days: Sequence[date]) -> list[date]:
    """Those after the first day that has lines: before it there was no store yet."""
    if not len(columns):
        return []
    first = calendar.day_of(int(columns.quarter.min()))
    return sorted(day for day in days if day > first)


def _days(days: Sequence[date]) -> str:
    return listed([str(day) for day in days])
