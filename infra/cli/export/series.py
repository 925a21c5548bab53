"""Reads series: the figures of a store, its areas, or a camera and its zones. Needs numpy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from counter.analytics.columns import Columns, quarter_number, quarter_time
from counter.analytics.figures import STORE, Figure, Figures, Kind, Measure, Subject
from counter.analytics.series import Series
from counter.analytics.spans import Span, Step, spans
from counter.analytics.trading_days import TradingCalendar
from counter.history.plan import late_quarters
from counter.report.reading import ReportSource, read_series
from counter.report.report import By, Question
from infra.cli.counts.span import CountSpan
from infra.cli.export.columns import Column, ColumnKind, Record
from ingest.times import quarter_start

DIGITS = 4
WHOLE_DAYS = frozenset({Step.DAY, Step.WEEK})

SERIES_COLUMNS = (
    Column("start", ColumnKind.TIME),
    Column("local_start", ColumnKind.TEXT),
    Column("local_end", ColumnKind.TEXT),
    Column("store", ColumnKind.TEXT),
    Column("kind", ColumnKind.TEXT),
    Column("subject", ColumnKind.TEXT),
    Column("camera", ColumnKind.TEXT),
    Column("due", ColumnKind.INTEGER),
    Column("counted", ColumnKind.INTEGER),
    Column("pending", ColumnKind.INTEGER),
    Column("coverage", ColumnKind.NUMBER),
    Column("gaps_by_reason", ColumnKind.MAP),
    *(
        Column(f"{measure}{part}", kind)
        for measure in Measure
        for part, kind in (
            ("_status", ColumnKind.TEXT),
            ("", ColumnKind.NUMBER),
            ("_low", ColumnKind.NUMBER),
            ("_high", ColumnKind.NUMBER),
        )
    ),
    Column("reason", ColumnKind.TEXT),
)


@dataclass(frozen=True)
class SeriesQuestion:
    """Which series of a store: its own and its areas', or those of one camera and its zones."""

    source: ReportSource
    camera_id: str | None
    step: Step

    @classmethod
    def of(cls, source: ReportSource, camera_id: str | None, by: str) -> "SeriesQuestion":
        """`by` names a Step."""
        return cls(source, camera_id, Step(by))

    @property
    def subject(self) -> Subject:
        """The store or the camera."""
        return STORE if self.camera_id is None else Subject(Kind.CAMERA, self.camera_id)

    def parts(self, columns: Columns) -> list[Subject]:
        """The areas or the zones, of the registry and of the lines."""
        cameras = [registered.camera for registered in self.source.cameras]
        if self.camera_id is None:
            areas = {camera.area for camera in cameras} | set(columns.areas)
            return [Subject(Kind.AREA, area) for area in sorted(areas)]
        own = [camera.zones for camera in cameras if camera.camera_id == self.camera_id]
        zones = {zone for names in own for zone in names} | set(columns.zones)
        return [Subject(Kind.ZONE, zone, self.camera_id) for zone in sorted(zones)]


def series_records(
    question: SeriesQuestion,
    span: CountSpan,
    step: Callable[[int, int], None],
    unwritten: Callable[[str, date, date], None],
    late: Callable[[str, date], None],
) -> Iterator[Sequence[Record]]:
    """The figures by subject and time of the spans that begin in `span`; one subject is read at a time.

    `step` is called with the number of subjects that are done, and of all; `unwritten` with the store and a
    day that has no file, `late` with the store and a day whose file lacks late counts. Raises DamagedFile.
    """
    source, calendar = question.source, question.source.calendar
    name = source.store.store_id
    first, last = (calendar.day_of(quarter_number(it)) for it in (span.start, min(span.end, source.now)))
    subjects = [question.subject]
    # Before the files: a closing that ends meanwhile removes marks of files that were read already.
    marks = source.history.marks.of_store(name).days
    marked = late_quarters(marks, source.store.calendar, source.store.next_day, question.camera_id)
    for done, subject in enumerate(subjects, 1):
        read = read_series(source, Question(subject, first, last, By.DAY))
        if done == 1:
            subjects += question.parts(read.columns)
            for day in read.unwritten:
                unwritten(name, day, day)
        wanted = list(_spans(read.series, question.step, (first, last), span))
        if done == 1:
            for day in _days_within(marked, wanted, calendar):
                late(name, day)
        yield [series_record(name, read.series.figures(each), calendar) for each in wanted]
        step(done, len(subjects))


def series_record(store_id: str, found: Figures, calendar: TradingCalendar) -> Record:
    """The values of SERIES_COLUMNS."""
    instants, subject = found.instants, found.subject
    return [
        quarter_time(found.span.start),
        calendar.local(found.span.start).isoformat(timespec="seconds"),
        calendar.local(found.span.end).isoformat(timespec="seconds"),
        store_id,
        subject.kind.value,
        subject.name or store_id,
        subject.camera_id or None,
        instants.due,
        instants.counted,
        instants.pending,
        _rounded(instants.coverage),
        dict(instants.gaps),
        *(cell for measure in Measure for cell in _cells(found.values.get(measure))),
        found[Measure.MEAN].reason or None,
    ]


def _spans(found: Series, step: Step, days: tuple[date, date], asked: CountSpan) -> Iterable[Span]:
    """Spans that begin in what is asked for; shorter ones than a day only if something was due."""
    first, end = quarter_number(quarter_start(asked.start)), quarter_number(asked.end)
    for span in spans(found.calendar, step, *days):
        if first <= span.start < end and (step in WHOLE_DAYS or found.instants(found.columns(span)).due):
            yield span


def _days_within(
    quarters: Iterable[datetime], wanted: Sequence[Span], calendar: TradingCalendar
) -> list[date]:
    """The trading days of the quarter hours that the spans are made of, in order."""
    if not wanted:
        return []
    numbers = [quarter_number(quarter) for quarter in quarters]
    return sorted({calendar.day_of(it) for it in numbers if wanted[0].start <= it < wanted[-1].end})


def _cells(figure: Figure | None) -> tuple[str | float | None, ...]:
    if figure is None:
        return None, None, None, None
    return figure.status.value, *(_rounded(value) for value in (figure.value, figure.low, figure.high))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS)
