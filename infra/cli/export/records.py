"""Reads what is exported, part by part: the memory does not grow with the span."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from counter.history.files import DamagedFile
from counter.history.reading import HistorySource, Origin, Part, read_history
from counter.rows.table import OccupancyTable
from counter.stores.calendar import DAY
from counter.stores.store import Store
from infra.cli.counts.reading import SLICE
from infra.cli.counts.span import CountSpan
from infra.cli.export.columns import Record, quarter_record, row_record
from ingest.registry.camera import Camera
from ingest.times import quarter_start

PART = 2_000
"""Records that are written at once."""


class LocalZones:
    """The time zone of a store at a moment; of a store without an entry that of the camera."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores
        self._known: dict[tuple[str, datetime], ZoneInfo] = {}

    def at(self, store_id: str, moment: datetime, camera: Camera) -> ZoneInfo:
        """The zone in force; days begin with a quarter hour."""
        store = self._stores.get(store_id)
        if store is None:
            return ZoneInfo(camera.sampling_at(moment).time_zone)
        key = store_id, quarter_start(moment)
        if key not in self._known:
            if len(self._known) > PART:
                self._known.clear()
            self._known[key] = store.calendar.zone_of(store.calendar.day_of(moment))
        return self._known[key]


@dataclass(frozen=True)
class RowSource:
    """Where rows are read from, and whose: of `store_id` alone if there is one."""

    table: OccupancyTable
    zones: LocalZones
    cameras: Sequence[Camera]
    store_id: str | None


def row_records(source: RowSource, span: CountSpan, step: Callable[[], None]) -> Iterator[Sequence[Record]]:
    """The rows by camera and time; `step` is called after each camera's SLICE of the span."""
    for camera in source.cameras:
        for part in span.slices(SLICE):
            rows = source.table.each_row(camera.camera_id, part.start, part.end)
            records = (
                row_record(row, source.zones.at(row.store_id, row.instant, camera))
                for row in rows
                if source.store_id in (None, row.store_id)
            )
            yield from _parts(records)
            step()


@dataclass(frozen=True)
class QuarterSource:
    """Where quarter hours are read from: the history of some stores, of one camera if there is `camera_id`.

    `cameras` has those of the registry by store.
    """

    history: HistorySource
    threads: Executor
    stores: Sequence[Store]
    cameras: Mapping[str, Sequence[str]]
    camera_id: str | None = None


def days_of(store: Store, span: CountSpan) -> tuple[date, date]:
    """The first and the last local day of a span, both included."""
    calendar = store.calendar
    last = calendar.day_of(span.end)
    return calendar.day_of(span.start), last if calendar.start_of(last) < span.end else last - DAY


def quarter_records(
    source: QuarterSource,
    span: CountSpan,
    step: Callable[[str, date], None],
    unwritten: Callable[[str, date, date], None],
) -> Iterator[Sequence[Record]]:
    """The quarter hours by store, day, camera and start.

    `step` is called with the store and the last day of each part, `unwritten` with the store and days that
    should have a file and have none. Raises DamagedFile.
    """
    for store in source.stores:
        cameras = source.cameras.get(store.store_id, ())
        for part in read_history(source.history, source.threads, store, days_of(store, span), cameras):
            if part.origin is Origin.UNWRITTEN:
                unwritten(store.store_id, part.first, part.last)
            yield from _parts(_quarters(part, store, source.camera_id, span))
            step(store.store_id, part.last)


def _quarters(part: Part, store: Store, camera_id: str | None, span: CountSpan) -> Iterator[Record]:
    key = part.key(store.store_id)
    try:
        for line in part.objects:
            if line["store"] != store.store_id:
                raise DamagedFile(key, "it is of another store")
            record = quarter_record(line)
            if quarter_start(span.start) <= record[0] < span.end and camera_id in (None, line["camera"]):
                yield record
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedFile(key, "a line lacks fields") from error


def _parts(records: Iterable[Record]) -> Iterator[Sequence[Record]]:
    remaining = iter(records)
    while part := list(islice(remaining, PART)):
        yield part
