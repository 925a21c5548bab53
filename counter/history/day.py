"""Writes one day of a store: read mark and ETag -> read the roll-ups -> put -> remove the mark.

Any number of closings may do so at once, and each may be killed between any two calls. The put fails if
another one was faster; then all is read again. A mark is removed only if nobody has set it since it was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aws_lambda_powertools import Logger

from counter.history.bucket import HistoryBucket, Overtaken, StoredFile
from counter.history.files import DamagedFile, pack, quarters_file, read_quarters, unpack
from counter.history.hours import hours_file
from counter.history.keys import Month, hours_key, quarters_key
from counter.history.lines import HistoryLine, line_of
from counter.history.plan import StoreProgress, closes_month, marked_cameras, marks_of_day
from counter.rows.table import OccupancyTable
from counter.stores.day_marks import DayMark
from counter.stores.marks import MarkTable
from ingest.times import QUARTER_HOUR

logger = Logger(service="closing")

ATTEMPTS = 5
"""How often a day is read again because another closing was faster; then the next run does it."""

OPEN = "open-cameras"
"""The metadata of a day file that names the cameras which were not closed when it was written."""
MOST_METADATA = 1500
"""Bytes of names: S3 takes 2 KB of metadata ("Working with object metadata", S3 User Guide)."""


@dataclass(frozen=True)
class HistoryDependencies:
    """Everything outside this process from which the history is made, and where it is written."""

    table: OccupancyTable
    marks: MarkTable
    bucket: HistoryBucket


def write_day(
    dependencies: HistoryDependencies, progress: StoreProgress, day: date, *, month_is_over: bool
) -> bool:
    """Write a day's files and remove its marks; False if other closings were always faster."""
    for _ in range(ATTEMPTS):
        try:
            _write(dependencies, progress, day, month_is_over=month_is_over)
        except Overtaken:
            continue
        return True
    return False


def _write(
    dependencies: HistoryDependencies, progress: StoreProgress, day: date, *, month_is_over: bool
) -> None:
    store_id, calendar, bucket = progress.store_id, progress.calendar, dependencies.bucket
    found = marks_of_day(dependencies.marks.of_store(store_id).days, calendar, day)
    open_cameras = progress.open_cameras(day, marked_cameras(found))
    quarters = bucket.get(quarters_key(day, store_id))
    hours = bucket.get(hours_key(day, store_id))
    lines = list(_lines(dependencies, progress, day, _cameras(progress, day, found, quarters)))
    last_quarter = calendar.end_of(day) - QUARTER_HOUR
    for camera_id in open_cameras:
        # Before the file: a closing that is killed after it must not forget the camera.
        dependencies.marks.mark_waiting(store_id, camera_id, last_quarter)
    zone = calendar.zone_of(day)
    _put(bucket, quarters_key(day, store_id), quarters_file(lines), _open_names(open_cameras), quarters)
    _put(bucket, hours_key(day, store_id), hours_file(store_id, day, zone, lines), {}, hours)
    if month_is_over or closes_month(day):
        dependencies.marks.mark_join(store_id, str(Month.of(day)))
    _settle(dependencies.marks, progress, day, found)


def _lines(
    dependencies: HistoryDependencies, progress: StoreProgress, day: date, cameras: Sequence[str]
) -> Iterator[HistoryLine]:
    zone = progress.calendar.zone_of(day)
    span = progress.calendar.start_of(day), progress.calendar.end_of(day)
    for camera_id in cameras:
        for quarter in dependencies.table.newest_quarters(camera_id, *span):
            if quarter.store_id == progress.store_id:
                yield line_of(quarter, zone)


def _cameras(
    progress: StoreProgress, day: date, marks: Sequence[DayMark], stored: StoredFile | None
) -> list[str]:
    """The cameras that may have been in the store: of the registry, of the marks, and of the file so far."""
    registered = {
        camera.camera_id for camera in progress.cameras.values() if camera.store_id == progress.store_id
    }
    return sorted(
        registered | marked_cameras(marks) | _known_cameras(quarters_key(day, progress.store_id), stored)
    )


def _known_cameras(key: str, stored: StoredFile | None) -> set[str]:
    if stored is None:
        return set()
    try:
        return {line.camera for line in read_quarters(key, unpack(key, stored.packed))}
    except DamagedFile as error:
        logger.warning(f"{error}; it is replaced now, without cameras that are removed or have moved away")
        return set()


def _put(
    bucket: HistoryBucket, key: str, content: bytes, metadata: Mapping[str, str], stored: StoredFile | None
) -> None:
    """Put a file unless it holds the same already. Raises Overtaken."""
    if stored is not None and dict(stored.metadata) == dict(metadata) and _holds(key, stored, content):
        return
    bucket.put(key, pack(content), metadata, stored)


def _holds(key: str, stored: StoredFile, content: bytes) -> bool:
    """Compared unpacked: another version of zlib packs the same content differently."""
    try:
        return unpack(key, stored.packed) == content
    except DamagedFile:
        return False


def _open_names(open_cameras: Sequence[str]) -> dict[str, str]:
    if not open_cameras:
        return {}
    names = ",".join(open_cameras)
    if len(names) > MOST_METADATA:
        kept = names[:MOST_METADATA].rpartition(",")[0]
        names = f"{kept},and {len(open_cameras) - kept.count(',') - 1} more"
    return {OPEN: names}


def _settle(marks: MarkTable, progress: StoreProgress, day: date, found: Sequence[DayMark]) -> None:
    """Remove the marks that were read before the roll-ups; those of open cameras wait instead."""
    start, end = progress.calendar.start_of(day), progress.calendar.end_of(day)
    for mark in found:
        camera = progress.cameras.get(mark.camera_id)
        if camera is not None and camera.is_open(end):
            marks.keep_waiting(mark)
        else:
            marks.remove(mark, [quarter for quarter in mark.quarters if start <= quarter < end])
