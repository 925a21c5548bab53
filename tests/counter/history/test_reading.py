from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from counter.history.bucket import HistoryBucket, StoredFile
from counter.history.files import DamagedFile, pack, quarters_file
from counter.history.keys import Month, month_key, quarters_key
from counter.history.lines import HistoryLine, Projection
from counter.history.reading import HistorySource, Origin, Part, read_history
from tests.counter.history.shop import AFTER, CALENDAR, DAY, Shop, till
from tests.counter.world import HISTORY

ONE = timedelta(days=1)
NEXT = DAY + ONE


class Counted(HistoryBucket):
    """Notes the keys that are read."""

    keys: list[str]

    def get(self, key: str) -> StoredFile | None:
        self.keys.append(key)
        return super().get(key)


@pytest.fixture
def bucket(shop: Shop) -> Counted:
    found = Counted(shop.world.s3, HISTORY)
    object.__setattr__(found, "keys", [])
    return found


def read(
    shop: Shop, bucket: HistoryBucket, first: date, last: date, projection: Projection = Projection.ALL
) -> Iterator[Part]:
    source = HistorySource(bucket, shop.world.marks, shop.world.table)
    cameras = [camera.camera_id for camera in shop.world.registry.get_many(["till-1"]).values()]
    with ThreadPoolExecutor(4) as threads:
        yield from read_history(source, threads, shop.store(), (first, last), cameras, projection)


def expected(shop: Shop) -> list[tuple[str, str]]:
    return [(quarter.camera_id, f"{quarter.start:%Y-%m-%dT%H:%M:%SZ}") for quarter in shop.world.roll_ups()]


def found(parts: list[Part]) -> list[tuple[str, str]]:
    return [(values["camera"], values["start"]) for part in parts for values in part.objects]


def test_closed_days_come_from_files_and_the_open_day_from_roll_ups(shop: Shop, bucket: Counted) -> None:
    shop.world.add(till())
    shop.world.close(AFTER + timedelta(hours=1))
    parts = list(read(shop, bucket, DAY, NEXT))
    assert [(part.first, part.origin) for part in parts] == [(DAY, Origin.FILE), (NEXT, Origin.ROLL_UPS)]
    assert found(parts) == expected(shop)
    assert bucket.keys == [quarters_key(DAY, "north")]
    assert list(parts[0].objects[0]) == list(parts[1].objects[0])
    assert all(isinstance(line, HistoryLine) for part in parts for line in part.lines())


def test_whole_months_come_from_one_object_unless_a_day_of_them_changed(shop: Shop, bucket: Counted) -> None:
    shop.world.add(till())
    shop.world.close(AFTER)
    last = DAY.replace(day=30)
    shop.world.close(CALENDAR.end_of(last) + timedelta(minutes=15))
    first = DAY.replace(day=1)
    parts = list(read(shop, bucket, first, last))
    assert bucket.keys == [month_key(Month.of(DAY), "north")]
    unwritten = [part.first for part in parts if part.origin is Origin.UNWRITTEN]
    assert unwritten == [first + number * ONE for number in range(DAY.day - 1)]
    assert found(parts) == [pair for pair in expected(shop) if pair[1] < "2026-11-30T12"]
    bucket.keys.clear()
    shop.world.marks.mark_join("north", "2026-11")
    again = list(read(shop, bucket, first, last))
    assert len(bucket.keys) == 30
    assert found(again) == found(parts)
    bucket.keys.clear()
    list(read(shop, bucket, DAY, last))
    assert len(bucket.keys) == 30 - DAY.day + 1, "a part of a month is read day by day"


def test_a_day_without_a_file_is_unwritten_and_not_empty(shop: Shop, bucket: Counted) -> None:
    shop.world.add(till())
    shop.world.close(AFTER)
    shop.world.s3.delete_object(Bucket=HISTORY, Key=quarters_key(DAY, "north"))
    (part,) = read(shop, bucket, DAY, DAY)
    assert (part.origin, part.objects) == (Origin.UNWRITTEN, ())


def test_a_projection_reads_less(shop: Shop, bucket: Counted) -> None:
    shop.world.add(till())
    shop.world.close(AFTER)
    (part,) = read(shop, bucket, DAY, DAY, Projection.SCALARS)
    assert "histogram" not in part.objects[0]
    (part,) = read(shop, bucket, DAY, DAY, Projection.WITHOUT_FEET)
    assert "histogram" in part.objects[0]
    assert "foot_seconds" not in part.objects[0]


def test_a_removed_camera_shows_on_the_open_day(shop: Shop, bucket: Counted) -> None:
    shop.world.add(till())
    shop.world.close(AFTER + timedelta(hours=1))
    shop.world.registry.remove("till-1")
    source = HistorySource(bucket, shop.world.marks, shop.world.table)
    with ThreadPoolExecutor(1) as threads:
        (part,) = read_history(source, threads, shop.store(), (NEXT, NEXT), ())
    assert {values["camera"] for values in part.objects} == {"till-1"}


@pytest.mark.parametrize(
    "packed",
    [b"junk", pack(quarters_file([]))[:-4], pack(b'{"a":1}\n')],
    ids=["foreign", "cut off", "another's lines"],
)
def test_a_damaged_file_is_named_with_the_way_out(shop: Shop, bucket: Counted, packed: bytes) -> None:
    shop.world.add(till())
    shop.world.close(AFTER)
    shop.world.s3.put_object(Bucket=HISTORY, Key=quarters_key(DAY, "north"), Body=packed)
    sentence = r"cannot be read .*`occupancy store rebuild"
    with pytest.raises(DamagedFile, match=sentence):
        _ = [list(part.lines()) for part in read(shop, bucket, DAY, DAY)]


def test_a_damaged_file_is_replaced_once_its_day_is_marked(shop: Shop) -> None:
    shop.world.add(till())
    shop.world.close(AFTER)
    shop.world.s3.put_object(Bucket=HISTORY, Key=quarters_key(DAY, "north"), Body=b"junk")
    shop.world.marks.mark("north", "*", [CALENDAR.start_of(DAY)])
    shop.world.close(AFTER)
    shop.assert_true()
    assert not [mark for mark in shop.marked() if mark[1] == DAY]


def test_a_part_has_the_key_of_its_file() -> None:
    whole = Part(date(2026, 10, 1), date(2026, 10, 31), Origin.FILE)
    assert whole.key("north") == month_key(Month(2026, 10), "north")
    assert Part(DAY, DAY, Origin.FILE).key("north") == quarters_key(DAY, "north")
