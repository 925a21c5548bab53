"""One calendar day of a simulated shop: its rows, roll-ups, lines of the day file, and the truth. Pure.

People are placed on frames, and everything after that is the deployed code: rows by the camera's rule,
roll-ups of the rows, lines of the roll-ups.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from counter.history.lines import HistoryLine, line_of
from counter.rows.new_rows import counted_row, gap_row, not_localised_row
from counter.rows.occupancy import Person, QuarterHour, Row, roll_up
from counter.rows.people import Detection
from counter.rows.placing import Frame
from counter.rows.quarters import by_quarter
from infra.local.past.outages import Outage, gap_reasons, outages
from infra.local.past.pictures import Positions, detected, positions
from infra.local.past.sessions import Floats, Stays, generator, sessions_of_day, stays
from infra.local.past.shops import CameraView, Shop
from infra.local.past.truth import QuarterTruth, truth
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.times import EPOCH

DETECTOR = "rekognition/3.0"
RETENTION = timedelta(days=400)


@dataclass(frozen=True)
class PastSettings:
    """Where a past ends, and the seed. No instant at or after `end`, a quarter hour, is counted."""

    end: datetime
    seed: int = 0

    @property
    def last(self) -> date:
        """The last day, to which the shops grow."""
        return self.end.date()


@dataclass(frozen=True)
class PastDay:
    """What a shop's calendar day has left behind."""

    day: date
    rows: tuple[Row, ...]
    quarters: tuple[QuarterHour, ...]
    lines: tuple[HistoryLine, ...]
    truth: tuple[QuarterTruth, ...]


def past_day(shop: Shop, day: date, settings: PastSettings) -> PastDay:
    """Simulate a calendar day of a shop. The same arguments always give the same day."""
    calendar = shop.store.calendar
    start, end = calendar.start_of(day), min(calendar.end_of(day), settings.end)
    spans = list(sessions_of_day(shop.views[0].camera.sampling.opening_hours, calendar, day))
    present = _together([stays(shop, span, settings.last, settings.seed) for span in spans])
    failures = [outage for span in spans for outage in outages(shop, span, settings.last, settings.seed)]
    frames = _Frames(shop, day, present, settings.seed)
    rows = [
        row for view in shop.views for row in _rows(frames, view, list(view.camera.due(start, end)), failures)
    ]
    quarters = tuple(_quarters(rows))
    zone = calendar.zone_of(day)
    starts = sorted({quarter.start for quarter in quarters})
    return PastDay(
        day,
        tuple(rows),
        quarters,
        tuple(line_of(quarter, zone) for quarter in quarters),
        tuple(truth(shop, present, starts)),
    )


@dataclass(frozen=True)
class _Frames:
    """The frames of a shop's day."""

    shop: Shop
    day: date
    present: Stays
    seed: int

    def people(self, view: CameraView, instants: Sequence[datetime]) -> list[tuple[Person, ...]]:
        """What is found on a camera's frames. Cameras of an area see the same people at the same places."""
        area = next(number for number, area in enumerate(self.shop.areas) if area.name == view.camera.area)
        seconds = np.array([(instant - EPOCH).total_seconds() for instant in instants])
        where = self._positions(area, seconds)
        return detected(view, where, len(instants), self.random(view.camera.camera_id, "frames"))

    def _positions(self, area: int, seconds: Floats) -> Positions:
        random = self.random(self.shop.store.store_id, f"positions {self.shop.areas[area].name}")
        return positions(self.shop, area, self.present, seconds, random)

    def random(self, name: str, purpose: str) -> np.random.Generator:
        return generator(self.seed, name, self.day, purpose)


def _rows(
    frames: _Frames, view: CameraView, instants: Sequence[datetime], failures: Sequence[Outage]
) -> Iterator[Row]:
    if not instants:
        return
    camera = view.camera
    reasons = gap_reasons(camera, instants, failures, frames.random(camera.camera_id, "failures"))
    for instant, people, reason in zip(instants, frames.people(view, instants), reasons, strict=True):
        yield _row(camera, instant, people, reason)


def _row(camera: Camera, instant: datetime, people: tuple[Person, ...], reason: GapReason | None) -> Row:
    surest = max((person.confidence for person in people), default=None)
    detection = Detection(people, DETECTOR, surest)
    if reason is GapReason.NOT_LOCALISED:
        return not_localised_row(camera, instant, Detection((), DETECTOR, surest, localised=False), RETENTION)
    if reason is not None:
        return gap_row(camera, instant, reason, RETENTION)
    return counted_row(Frame("", camera, instant, instant), instant, detection, RETENTION)


def _quarters(rows: Sequence[Row]) -> Iterator[QuarterHour]:
    for camera_id in sorted({row.camera_id for row in rows}):
        found = by_quarter(row for row in rows if row.camera_id == camera_id)
        for start in sorted(found):
            if (quarter := roll_up(camera_id, start, found[start])) is not None:
                yield quarter


def _together(parts: Sequence[Stays]) -> Stays:
    """The stays of several sessions; none on a day without sessions."""
    none = Stays(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    columns = ("arrive", "leave", "area", "hotspot", "entered")
    return Stays(*(np.concatenate([getattr(part, name) for part in [none, *parts]]) for name in columns))
