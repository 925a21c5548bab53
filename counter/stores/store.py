"""A store: the shop that cameras belong to. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from counter.stores.calendar import EarlierZone, StoreCalendar
from ingest.errors import OccupancyError
from ingest.registry.camera import NAME, Camera

SHORTEST_DAY = timedelta(hours=1)
"""A change of zone that would leave less of a day is refused."""

_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "country": (re.compile(r"[A-Z]{2}"), "two capital letters, as in DE (ISO 3166-1)"),
    "region": (re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}"), "as in DE-BY (ISO 3166-2)"),
    "currency": (re.compile(r"[A-Z]{3}"), "three capital letters, as in EUR (ISO 4217)"),
    "language": (re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"), "as in de or pt-BR (BCP 47)"),
}


class InvalidStore(OccupancyError, ValueError):
    """A store with invalid settings; `problems` has one sentence for each mistake."""

    def __init__(self, store_id: str, problems: Sequence[str]) -> None:
        super().__init__(f"store {store_id!r}: " + "; ".join(problems))
        self.store_id = store_id
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Store:
    """One store. Raises InvalidStore with all mistakes at once.

    `earlier` has the time zones of former days, oldest first; they are kept for good. `excluded` maps a day
    to the reason why usual figures leave it out. `targets` maps a figure to the value that the shop wants.
    `next_day` is the first day whose history is not written yet, None until the closing has seen the store.
    """

    store_id: str
    time_zone: str = "UTC"
    earlier: tuple[EarlierZone, ...] = ()
    name: str = ""
    day_starts: time = time(0)
    excluded: Mapping[date, str] = field(default_factory=dict)
    country: str = ""
    region: str = ""
    currency: str = ""
    language: str = ""
    targets: Mapping[str, float] = field(default_factory=dict)
    next_day: date | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise InvalidStore(self.store_id, problems)

    @property
    def calendar(self) -> StoreCalendar:
        """Its local days."""
        return StoreCalendar(self.time_zone, self.earlier, self.day_starts)

    def with_time_zone(self, time_zone: str, now: datetime) -> "Store":
        """This store with another zone, from its next midnight on. Raises InvalidStore.

        A change that is not in force yet is replaced.
        """
        first = self.calendar.day_of(now) + timedelta(days=1)
        earlier = tuple(zone for zone in self.earlier if zone.until < first)
        former = self.calendar.zone_of(first - timedelta(days=1)).key
        if former != time_zone:
            earlier = (*earlier, EarlierZone(first, former))
        return replace(self, time_zone=time_zone, earlier=earlier)


def zone_problem(camera: Camera, store: Store) -> str | None:
    """A sentence if a camera has another time zone than its store."""
    zone = camera.sampling.time_zone
    if zone == store.time_zone:
        return None
    return (
        f"time zone {zone} is not that of store {store.store_id!r}, which is {store.time_zone}: use that one,"
        f" or change both with `occupancy store set {store.store_id} --time-zone {zone}`"
    )


def of_cameras(store_id: str, cameras: Sequence[Camera]) -> Store:
    """The entry of a store that has none yet: its zone is the one that most of its cameras have."""
    zones = [camera.sampling.time_zone for camera in cameras] or ["UTC"]
    return Store(store_id, max(sorted(set(zones)), key=zones.count))


def _problems(store: Store) -> Iterator[str]:
    if not NAME.fullmatch(store.store_id):
        yield f"store name {store.store_id!r} must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
    zones = [*(zone.time_zone for zone in store.earlier), store.time_zone]
    wrong = [zone for zone in zones if not _is_zone(zone)]
    for zone in wrong:
        yield f"time zone {zone!r} is unknown: use an IANA name such as Europe/Berlin"
    if not wrong:
        yield from _change_problems(store)
    yield from _form_problems(store)
    if store.day_starts.minute % 15 or store.day_starts.second or store.day_starts.hour > 11:
        yield f"day_starts {store.day_starts:%H:%M} must be a quarter hour from 00:00 to 11:45"
    for name in store.targets:
        if not NAME.fullmatch(name):
            yield f"target name {name!r} must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
    for day, reason in store.excluded.items():
        if not reason.strip():
            yield f"excluded day {day} has no reason: say why it is not a usual day"


def _form_problems(store: Store) -> Iterator[str]:
    for setting, (form, how) in _FORMS.items():
        text = getattr(store, setting)
        if text and not form.fullmatch(text):
            yield f"{setting} {text!r} must be {how}"
    if store.region and store.country and not store.region.startswith(store.country):
        yield f"region {store.region!r} is not in country {store.country!r}"


def _change_problems(store: Store) -> Iterator[str]:
    for change in store.earlier:
        length = store.calendar.end_of(change.until) - store.calendar.start_of(change.until)
        if length < SHORTEST_DAY:
            yield (
                f"the change of its time zone on {change.until} would leave no time of that day: change it in"
                " two steps, a day apart"
            )


def _is_zone(time_zone: str) -> bool:
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):  # KeyError covers ZoneInfoNotFoundError; directories give OSError
        return False
    return True
