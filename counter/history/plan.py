"""Which days of a store to write now. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from counter.history.keys import Month
from counter.stores.calendar import DAY, StoreCalendar
from counter.stores.day_marks import ALL_CAMERAS, DayMark

PATIENCE = timedelta(hours=2)
"""How long after its end a day waits for cameras that are not closed."""


@dataclass(frozen=True)
class CameraProgress:
    """How far a camera of the registry is closed; None if its item cannot be read, so nobody knows."""

    camera_id: str
    store_id: str | None
    closed_until: datetime | None

    def is_open(self, until: datetime) -> bool:
        """Whether quarter hours before `until` may still change without a mark."""
        return self.closed_until is None or self.closed_until < until


@dataclass(frozen=True)
class StoreProgress:
    """The cameras of the registry, by ID, for the history of one store."""

    store_id: str
    calendar: StoreCalendar
    cameras: dict[str, CameraProgress]

    def open_cameras(self, day: date, marked: Iterable[str]) -> list[str]:
        """The cameras whose quarter hours of a day are not all closed: the store's, and those `marked`.

        A marked camera that has moved to another store since may have been here on that day.
        """
        end, known = self.calendar.end_of(day), set(marked)
        return sorted(
            camera.camera_id
            for camera in self.cameras.values()
            if (camera.store_id == self.store_id or camera.camera_id in known) and camera.is_open(end)
        )

    def is_ready(self, day: date, marked: Iterable[str], now: datetime) -> bool:
        """Whether a day can be written for the first time."""
        end = self.calendar.end_of(day)
        return now >= end and (now >= end + PATIENCE or not self.open_cameras(day, marked))


def marks_of_day(marks: Iterable[DayMark], calendar: StoreCalendar, day: date) -> list[DayMark]:
    """The marks that name a quarter hour of a local day."""
    start, end = calendar.start_of(day), calendar.end_of(day)
    return [mark for mark in marks if any(start <= quarter < end for quarter in mark.quarters)]


def late_quarters(
    marks: Iterable[DayMark], calendar: StoreCalendar, next_day: date | None, camera_id: str | None = None
) -> list[datetime]:
    """The marked quarter hours whose day has a file without what is new, oldest first.

    With `camera_id` only that camera's. Days from `next_day` on have no file: they are read from the
    roll-ups, which lack nothing. A mark that waits for its camera has nothing new yet.
    """
    if next_day is None:
        return []
    end, cameras = calendar.start_of(next_day), {camera_id, ALL_CAMERAS}
    wanted = [mark for mark in marks if not mark.waits and (camera_id is None or mark.camera_id in cameras)]
    return sorted({quarter for mark in wanted for quarter in mark.quarters if quarter < end})


def days_to_rewrite(marks: Sequence[DayMark], progress: StoreProgress, next_day: date) -> list[date]:
    """The days before `next_day` that are marked and have something new, oldest first.

    A mark that waits for its camera has nothing new until the camera is closed past the end of the day.
    """
    days: defaultdict[date, list[DayMark]] = defaultdict(list)
    for mark in marks:
        for day in {progress.calendar.day_of(quarter) for quarter in mark.quarters}:
            days[day].append(mark)
    return sorted(
        day
        for day, found in days.items()
        if day < next_day and any(_is_new(mark, progress, day) for mark in found)
    )


def _is_new(mark: DayMark, progress: StoreProgress, day: date) -> bool:
    camera = progress.cameras.get(mark.camera_id)
    return not mark.waits or camera is None or not camera.is_open(progress.calendar.end_of(day))


def days_from(day: date) -> Iterator[date]:
    """A day and all that follow."""
    while True:
        yield day
        day += DAY


def closes_month(day: date) -> bool:
    """Whether a day is the last of its month."""
    return Month.of(day) != Month.of(day + DAY)


def marked_cameras(marks: Iterable[DayMark]) -> set[str]:
    """The cameras that marks name."""
    return {mark.camera_id for mark in marks} - {ALL_CAMERAS}
