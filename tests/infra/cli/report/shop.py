"""A shop in moto with rows, roll-ups and day files, made by the code that makes them in a stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import boto3

from counter.history.bucket import HistoryBucket
from counter.history.day import HistoryDependencies, write_day
from counter.history.files import pack, quarters_file
from counter.history.keys import quarters_key
from counter.history.lines import line_of
from counter.history.plan import CameraProgress, StoreProgress
from counter.rows.new_rows import counted_row, gap_row
from counter.rows.occupancy import Row, roll_up
from counter.rows.people import read
from counter.rows.placing import Frame
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.store import Store
from counter.stores.table import StoreTable
from infra.cli.aws.stack import find_stack
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import quarter_start
from tests.counter.rekognition import people

MONDAY = date(2026, 11, 16)
SINCE = datetime.fromisoformat("2026-10-01T00:00:00Z")
HALF = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
ZONE = "Europe/Berlin"
RETENTION = timedelta(400)


def camera(camera_id: str = "door", **values: object) -> Camera:
    """Open from 9 to 11, counted each 5 minutes."""
    settings: dict[str, object] = {
        "store_id": "north",
        "since": SINCE,
        "area": "floor",
        "zones": {"shelf": HALF},
        "sampling": Sampling(300, ZONE, parse("mon-sun 09:00-11:00")),
    }
    return Camera(camera_id, **settings | values)  # type: ignore[arg-type] # the values of each case


@dataclass(frozen=True)
class ReportShop:
    """The tables and buckets of a deployed stack."""

    registry: CameraRegistry
    table: OccupancyTable
    stores: StoreTable
    marks: MarkTable
    bucket: HistoryBucket

    @classmethod
    def of(cls, registry: CameraRegistry) -> "ReportShop":
        stack = find_stack(boto3.client("cloudformation"), "store-occupancy")
        dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
        stores = stack.output("StoreTableName")
        return cls(
            registry,
            OccupancyTable(
                dynamodb, stack.output("OccupancyTableName"), stack.output("QuarterHourTableName")
            ),
            StoreTable(dynamodb, stores),
            MarkTable(dynamodb, stores),
            HistoryBucket(s3, stack.output("HistoryBucketName")),
        )

    def close(self, day: date) -> None:
        """Record that the camera `door` is closed until a day begins."""
        until = Store("north", ZONE).calendar.start_of(day)
        assert self.registry.record_closed("door", None, until)

    def count(self, found: Camera, day: date, counts: Sequence[int | None]) -> None:
        """Store the rows and roll-ups of a day."""
        rows = rows_of(found, day, counts)
        for row in rows:
            self.table.put(row)
        for start in sorted({quarter_start(row.instant) for row in rows}):
            self.table.put_roll_up(found.camera_id, start)

    def write(self, day: date) -> None:
        """Write the files of a day from its roll-ups, as the closing does."""
        store = Store("north", ZONE)
        cameras = {"door": CameraProgress("door", "north", datetime.max.replace(tzinfo=SINCE.tzinfo))}
        progress = StoreProgress(store.store_id, store.calendar, cameras)
        dependencies = HistoryDependencies(self.table, self.marks, self.bucket)
        assert write_day(dependencies, progress, day, month_is_over=False)

    def put_day(self, found: Camera, day: date, counts: Sequence[int | None]) -> None:
        """Put the file of a day without its rows and roll-ups, which takes less time."""
        rows = rows_of(found, day, counts)
        starts = sorted({quarter_start(row.instant) for row in rows})
        quarters = [
            roll_up(found.camera_id, start, [row for row in rows if quarter_start(row.instant) == start])
            for start in starts
        ]
        lines = [line_of(quarter, ZoneInfo(ZONE)) for quarter in quarters if quarter]
        self.bucket.put(quarters_key(day, "north"), pack(quarters_file(lines)), {}, None)

    def is_written_until(self, day: date) -> None:
        """Note that the first day without a file is `day`."""
        assert self.stores.record_next_day("north", None, day)

    def damage(self, day: date, content: bytes = b"junk") -> None:
        """Put something else in place of a day file."""
        self.bucket.s3.put_object(Bucket=self.bucket.name, Key=quarters_key(day, "north"), Body=content)


def rows_of(found: Camera, day: date, counts: Sequence[int | None]) -> list[Row]:
    """A row for each due instant of a day, in turn, until the counts end; None is a gap."""
    calendar = Store("north", found.sampling.time_zone).calendar
    due = found.due(calendar.start_of(day), calendar.end_of(day))
    return [_row(found, instant, number) for instant, number in zip(due, counts, strict=False)]


def _row(found: Camera, instant: datetime, number: int | None) -> Row:
    if number is None:
        return gap_row(found, instant, GapReason.NO_MEDIA, RETENTION)
    detection = read(people(*[99] * number))
    return counted_row(Frame("key", found, instant, instant), instant, detection, RETENTION)
