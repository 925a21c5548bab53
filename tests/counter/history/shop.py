"""A shop in a world: days are closed, frames come late; history is compared with roll-ups and rows."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from counter.history.files import quarters_file, unpack
from counter.history.hours import hours_file
from counter.history.keys import hours_key, quarters_key
from counter.history.lines import line_of
from counter.history.plan import PATIENCE
from counter.stores.calendar import StoreCalendar
from counter.stores.store import Store
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from tests.counter.rekognition import people
from tests.counter.world import HISTORY, World, camera, event

ZONE = "Etc/GMT-12"
"""Twelve hours ahead of UTC: its days begin at noon UTC, where the tests' time begins."""
DAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""The first moment of DAY."""
HOURS = parse("mon-sun 00:00-01:00 12:00-13:00")
CALENDAR = StoreCalendar(ZONE)
AFTER = MIDNIGHT + timedelta(days=1, minutes=15)
"""A run that closes the last quarter hour of DAY."""
LATE = MIDNIGHT + timedelta(days=1) + PATIENCE


def till(name: str = "till-1", **values: Any) -> Camera:
    """A camera that is counted every 14 minutes from MIDNIGHT on, in the first hour and in one at noon."""
    settings: dict[str, Any] = {"since": MIDNIGHT, "sampling": Sampling(840, ZONE, HOURS)}
    return camera(name, **settings | values)


class Shop:
    """The world, and what an outside reader finds in its history."""

    def __init__(self, world: World) -> None:
        self.world = world

    def count(self, name: str, instant: datetime, persons: int, now: datetime) -> None:
        """Deliver a frame at `now`."""
        key = self.world.frame(name, instant, people(*[99] * persons))
        batch = self.world.count([event(key, key, at=now)], now)
        assert not batch.failed_messages

    def instants(self, name: str, day: date = DAY) -> list[datetime]:
        """The due instants of a camera on a day."""
        found = self.world.registry.get(name).camera
        return list(found.due(CALENDAR.start_of(day), CALENDAR.end_of(day)))

    def versions(self) -> dict[str, int]:
        """The number of versions of each object of the history, so of its puts."""
        answer = self.world.s3.list_object_versions(Bucket=HISTORY)
        found: defaultdict[str, int] = defaultdict(int)
        for version in answer.get("Versions", ()):
            found[version["Key"]] += 1
        return dict(found)

    def days(self, store_id: str = "north") -> list[date]:
        """The days of a store that are written."""
        keys = self.world.s3.list_objects_v2(Bucket=HISTORY, Prefix="history/day=").get("Contents", [])
        parts = [item["Key"].split("/") for item in keys]
        return sorted(
            date.fromisoformat(day.removeprefix("day="))
            for _, day, store, file in parts
            if store == f"store={store_id}" and file.startswith("quarters")
        )

    def lines(self, day: date = DAY, store_id: str = "north") -> list[dict[str, Any]]:
        """The lines of a day file."""
        return [json.loads(line) for line in self.content(quarters_key(day, store_id)).splitlines()]

    def content(self, key: str) -> bytes:
        """The unpacked content of an object."""
        return unpack(key, self.world.s3.get_object(Bucket=HISTORY, Key=key)["Body"].read())

    def metadata(self, day: date = DAY) -> dict[str, str]:
        """The metadata of a day file."""
        return self.world.s3.head_object(Bucket=HISTORY, Key=quarters_key(day, "north"))["Metadata"]

    def assert_true(self, days: Iterable[date] = (DAY,), stores: Iterable[str] = ("north",)) -> None:
        """History equals roll-ups equals rows, on these days."""
        assert self.world.roll_ups() == self.world.expected_roll_ups()
        for store_id in stores:
            for day in days:
                quarters = [
                    quarter
                    for quarter in self.world.roll_ups()
                    if quarter.store_id == store_id and CALENDAR.day_of(quarter.start) == day
                ]
                lines = [line_of(quarter, CALENDAR.zone_of(day)) for quarter in quarters]
                assert self.content(quarters_key(day, store_id)) == quarters_file(lines)
                hours = hours_file(store_id, day, CALENDAR.zone_of(day), lines)
                assert self.content(hours_key(day, store_id)) == hours

    def store(self, store_id: str = "north") -> Store:
        """The store's entry."""
        found = self.world.stores.get(store_id)
        assert found is not None
        return found

    def marked(self, store_id: str = "north") -> set[tuple[str, date]]:
        """The marked cameras and local days."""
        return {
            (mark.camera_id, CALENDAR.day_of(quarter))
            for mark in self.world.marks.of_store(store_id).days
            for quarter in mark.quarters
        }
