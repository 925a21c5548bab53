"""The figures of a store, an area, a camera or a zone for any span of trading time. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from counter.analytics.columns import Columns, quarter_number
from counter.analytics.estimation.arrays import Ints
from counter.analytics.figures import Figure, Figures, Instants, Kind, Knowledge, Measure, Subject
from counter.analytics.instant_measures import instant_measures
from counter.analytics.joined import Joined, join
from counter.analytics.judging import WIDEST_PEOPLE, Evidently, judge
from counter.analytics.members import Members, members
from counter.analytics.past_days import LEAST_DAYS, MOST_DAYS
from counter.analytics.quarter_measures import quarter_measures
from counter.analytics.spans import Span, Step, spans
from counter.analytics.totals import total
from counter.analytics.trading_days import TradingCalendar


@dataclass(frozen=True)
class Series:
    """A subject's quarter hours, joined and filled; make it with `series`."""

    subject: Subject
    calendar: TradingCalendar
    closed_until: int
    members: Members
    joined: Joined

    def table(self, step: Step, first: date, last: date) -> list[Figures]:
        """The figures of each span of the trading days `first` to `last`, both included."""
        return [self.figures(span) for span in spans(self.calendar, step, first, last)]

    def figures(self, span: Span) -> Figures:
        """The figures of a span."""
        columns, evidence = self.columns(span), self.evidence(span)
        found = total(self.joined, columns)
        verdict = evidence.verdict
        if verdict is None and not found.seconds:
            # Some instants are counted, but no quarter hour is closed.
            verdict = Figure(Knowledge.PENDING)
        if verdict:
            return Figures(self.subject, span, evidence.instants, dict.fromkeys(self.measures, verdict))
        several = instant_measures if self.alone else quarter_measures
        values = {
            Measure.MEAN: judge(found.mean, evidence),
            Measure.PERSON_MINUTES: judge(
                found.person_minutes, evidence, widest=WIDEST_PEOPLE * found.seconds / 60
            ),
            **several(self.joined, columns, evidence),
        }
        return Figures(self.subject, span, evidence.instants, values)

    @property
    def alone(self) -> bool:
        """Whether the series is of a single camera or zone."""
        return self.subject.kind in {Kind.CAMERA, Kind.ZONE}

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is measured, in the order in which it is shown."""
        return tuple(measure for measure in Measure if self.alone or measure is not Measure.SHARE)

    def columns(self, span: Span) -> slice:
        """The columns of a span, as far as anything is known of it."""
        width = self.members.due.shape[1]
        start, end = span.start - self.members.first, span.end - self.members.first
        return slice(min(max(start, 0), width), min(max(end, 0), width))

    def evidence(self, span: Span) -> Evidently:
        """What is counted and what is missing of a span."""
        columns = self.columns(span)
        instants = self.instants(columns)
        unusual, fewest = self._unusual(columns) if instants.missing else (0, MOST_DAYS)
        closed = instants.due - instants.pending
        return Evidently(
            instants,
            unusual / closed if closed else 0.0,
            fewest,
            instants.pending > 0 or span.end > self.closed_until,
        )

    def instants(self, columns: slice) -> Instants:
        """The instants of a span."""
        due, counted, *gaps = (self._sums[:, columns.stop] - self._sums[:, columns.start]).tolist()
        by_reason = {
            reason: number for reason, number in zip(self.members.reasons, gaps, strict=True) if number
        }
        return Instants(due, counted, by_reason)

    @cached_property
    def _sums(self) -> Ints:
        """Running sums over the quarter hours: due, counted, gaps of each reason."""
        found = self.members
        rows = np.stack([found.due.sum(axis=0), found.counted.sum(axis=0), *found.gaps.sum(axis=1)])
        return np.concatenate([np.zeros((len(rows), 1), np.int64), np.cumsum(rows, axis=1)], axis=1)

    def _unusual(self, columns: slice) -> tuple[int, int]:
        """The gaps for which too few past days tell what is usual, and the fewest of these.

        A quarter hour that is filled takes days that were counted at the same hours; one that stands for
        itself, complete days.
        """
        lost, fewest = 0, MOST_DAYS
        for number in self.joined.numbers(columns):
            day = self.joined.days.quarters(number)
            part = slice(max(day.start, columns.start), max(min(day.stop, columns.stop), columns.start))
            gaps = self._gaps[part]
            if not gaps.any():
                continue
            hidden = self.joined.hidden[part]
            for found, past in (
                (int(gaps[hidden].sum()), self.joined.usable_days(number)),
                (int(gaps[~hidden].sum()), self.joined.past_days(number)),
            ):
                if found and past < LEAST_DAYS:
                    lost, fewest = lost + found, min(fewest, past)
        return lost, fewest

    @cached_property
    def _gaps(self) -> Ints:
        """The gaps of each quarter hour, of all members."""
        gaps: Ints = self.members.gaps.sum(axis=(0, 1))
        return gaps


def series(columns: Columns, subject: Subject, calendar: TradingCalendar, closed_until: datetime) -> Series:
    """The series of a subject from the lines of its store.

    Read the lines of `past_days.LOOK_BACK` before the first span, too: they say what is usual. Quarter hours
    from `closed_until` on are pending, as are those whose due instants are not all counted or gaps. A camera,
    area or zone without lines is a series that is closed all the time.
    """
    found = members(columns, subject)
    numbers = found.first + np.arange(found.due.shape[1])
    until = quarter_number(closed_until)
    closed = (numbers < until) & (found.pending.sum(axis=0) == 0)
    apart = subject.kind in {Kind.AREA, Kind.STORE}
    return Series(subject, calendar, until, found, join(found, calendar, closed, apart=apart))


def subjects(columns: Columns) -> Iterable[Subject]:
    """All areas, cameras and zones that the lines have, areas first."""
    yield from (Subject(Kind.AREA, name) for name in columns.areas)
    yield from (Subject(Kind.CAMERA, name) for name in columns.cameras)
    for name, zone in columns.zones.items():
        for camera in np.unique(columns.camera[zone.person_seconds >= 0]):
            yield Subject(Kind.ZONE, name, columns.cameras[camera])
