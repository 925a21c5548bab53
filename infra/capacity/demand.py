"""What cameras need at the busiest moment of a week: images a second, and pulls in a minute. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

from ingest.registry.camera import Camera, Source
from ingest.registry.opening_hours import ALWAYS, OpeningHours

DAY = timedelta(days=1)
WEEK = 7 * DAY

COUNTED = frozenset({Source.KVS, Source.PUSH})
"""The sources whose frames Rekognition counts, each once, whatever the mode."""


@dataclass(frozen=True)
class Demand:
    """What the enabled cameras need. Instants lie on the wall clock: many are due in the same second.

    The queue spreads these, so `images_per_second` is an average of the minutes from `busiest`, and
    `mean_images_per_second` that of the whole week. `cameras_due` are the most that the pull is asked for in
    one minute: all open cameras with a stream, since their intervals meet at some minute of the day;
    `images_pulled_per_second` is the part of the images that the pull fetches.
    """

    images_per_second: float = 0.0
    busiest: datetime | None = None
    mean_images_per_second: float = 0.0
    cameras_due: int = 0
    images_pulled_per_second: float = 0.0


@dataclass(frozen=True)
class _Need:
    """A sum over cameras; the rate is exact, so that adding and taking away again leaves nothing."""

    images_per_second: Fraction = Fraction(0)
    streams: int = 0
    pulled: Fraction = Fraction(0)

    def plus(self, other: "_Need", sign: int = 1) -> "_Need":
        return _Need(
            self.images_per_second + sign * other.images_per_second,
            self.streams + sign * other.streams,
            self.pulled + sign * other.pulled,
        )


def demand(cameras: Iterable[Camera], now: datetime) -> Demand:
    """What the cameras need in the week from the midnight (UTC) before `now`, in their newest timing."""
    needs = _needs(cameras)
    start = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    changes = sorted(
        (
            change
            for (time_zone, hours), need in needs.items()
            for opens, closes in _open(hours, ZoneInfo(time_zone), start)
            for change in ((opens, 1, need), (closes, -1, need))
        ),
        key=lambda change: change[0],
    )
    current, most, total, busiest, before = _Need(), _Need(), Fraction(0), None, start
    for moment, group in groupby(changes, key=lambda change: change[0]):
        total += current.images_per_second * Fraction((moment - before) / timedelta(seconds=1))
        for _, sign, need in group:
            current = current.plus(need, sign)
        if current.images_per_second > most.images_per_second:
            busiest = moment
        most = _Need(
            max(most.images_per_second, current.images_per_second),
            max(most.streams, current.streams),
            max(most.pulled, current.pulled),
        )
        before = moment
    mean = total / Fraction(WEEK / timedelta(seconds=1))
    return Demand(float(most.images_per_second), busiest, float(mean), most.streams, float(most.pulled))


def _needs(cameras: Iterable[Camera]) -> dict[tuple[str, OpeningHours], _Need]:
    """The need of all cameras that are open at the same times."""
    needs: defaultdict[tuple[str, OpeningHours], _Need] = defaultdict(_Need)
    for camera in cameras:
        sampling = camera.sampling
        if sampling.enabled and camera.source in COUNTED:
            key = sampling.time_zone, sampling.opening_hours
            images, is_pulled = Fraction(1, sampling.sample_every), camera.source is Source.KVS
            own = _Need(images, int(is_pulled), images if is_pulled else Fraction(0))
            needs[key] = needs[key].plus(own)
    return needs


def _open(hours: OpeningHours, zone: ZoneInfo, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open spans of the week from `start`, in UTC."""
    end = start + WEEK
    if hours == ALWAYS:
        yield start, end
        return
    day, last = start.astimezone(zone).date() - DAY, end.astimezone(zone).date()
    while day <= last:
        for opens, closes in hours.days[day.weekday()]:
            midnight = datetime.combine(day, time())
            span = [
                (midnight + timedelta(minutes=minute)).replace(tzinfo=zone).astimezone(UTC)
                for minute in (opens, closes)
            ]
            if max(span[0], start) < min(span[1], end):
                yield max(span[0], start), min(span[1], end)
        day += DAY
