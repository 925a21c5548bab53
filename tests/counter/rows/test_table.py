from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from counter.rows.items import row_to_item
from counter.rows.occupancy import Row, roll_up
from counter.rows.table import OccupancyTable
from ingest.aws.dynamodb import from_item
from ingest.frames.messages import GapReason
from ingest.times import QUARTER_HOUR
from tests.counter.rows.sample_rows import COUNTED, EMPTY, GAP, QUARTER
from tests.counter.tables import OCCUPANCY, QUARTERS
from tests.counter.world import World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def table(world: World) -> OccupancyTable:
    return world.table


@pytest.fixture
def dynamodb(world: World) -> "DynamoDBClient":
    return world.dynamodb


@pytest.mark.parametrize("row", [COUNTED, GAP, EMPTY], ids=["counted", "gap", "empty"])
def test_a_row_comes_back_as_it_was(table: OccupancyTable, dynamodb: "DynamoDBClient", row: Row) -> None:
    assert table.put(row)
    assert table.get([("till-1", row.instant), ("till-2", row.instant)]) == {("till-1", row.instant): row}
    assert table.rows("till-1", QUARTER, QUARTER + QUARTER_HOUR) == [row]
    # Decoded: DynamoDB gives the number 1.0 back as 1.
    stored = [from_item(item) for item in dynamodb.scan(TableName=OCCUPANCY)["Items"]]
    assert stored == [from_item(row_to_item(row))]


@pytest.mark.parametrize(
    ("there", "new", "stored"),
    [
        (GAP, COUNTED, True),
        (COUNTED, GAP, False),
        (COUNTED, replace(COUNTED, count=7), False),
        (GAP, replace(GAP, reason=GapReason.EXPIRED), False),
    ],
    ids=["gap becomes counted", "counted never a gap", "first count stays", "first reason stays"],
)
def test_a_row_is_only_ever_improved(table: OccupancyTable, there: Row, new: Row, stored: bool) -> None:
    assert table.put(there)
    assert table.put(new) is stored
    assert table.rows("till-1", QUARTER, QUARTER + QUARTER_HOUR) == [new if stored else there]


def test_more_keys_than_one_request_takes(world: World) -> None:
    rows = [replace(COUNTED, instant=QUARTER + timedelta(seconds=second)) for second in range(230)]
    for row in rows:
        world.state.put_item(OCCUPANCY, row_to_item(row))
    found = world.table.get((row.camera_id, row.instant) for row in rows + rows)
    assert sorted(found.values(), key=lambda row: row.instant) == rows


def test_the_end_of_a_span_is_outside(table: OccupancyTable) -> None:
    for row in (replace(COUNTED, instant=QUARTER), replace(COUNTED, instant=QUARTER + QUARTER_HOUR)):
        table.put(row)
    assert [row.instant for row in table.rows("till-1", QUARTER, QUARTER + QUARTER_HOUR)] == [QUARTER]
    assert table.rows("till-2", QUARTER, QUARTER + QUARTER_HOUR) == []


def test_the_roll_up_follows_its_rows(table: OccupancyTable, dynamodb: "DynamoDBClient") -> None:
    assert not table.put_roll_up("till-1", QUARTER)
    assert table.quarter("till-1", QUARTER) is None
    for row in (GAP, COUNTED, replace(GAP, instant=QUARTER)):
        table.put(row)
        assert table.put_roll_up("till-1", QUARTER)
        assert not table.put_roll_up("till-1", QUARTER)
        rows = table.rows("till-1", QUARTER, QUARTER + QUARTER_HOUR)
        assert table.quarter("till-1", QUARTER) == roll_up("till-1", QUARTER, rows)
    assert dynamodb.scan(TableName=QUARTERS)["Items"] == [
        {
            "CameraId": {"S": "till-1"},
            "QuarterStart": {"S": "2026-11-22T14:00:00.000Z"},
            "StoreId": {"S": "north"},
            "Area": {"S": "tills"},
            "Counted": {"N": "1"},
            "Gaps": {"M": {"no_media": {"N": "1"}}},
            "PersonSeconds": {"N": "300"},
            "CountedSeconds": {"N": "300"},
            "ZonePersonSeconds": {"M": {"entry": {"N": "300"}, "shelf": {"N": "0"}}},
            "Histogram": {"M": {"1": {"N": "1"}}},
            "ZoneHistograms": {"M": {"entry": {"M": {"1": {"N": "1"}}}, "shelf": {"M": {"0": {"N": "1"}}}}},
            "FootSeconds": {"M": {"672": {"N": "300"}}},
            "Rule": {"S": "0123456789abcdef"},
            "Rank": {"N": "3"},
        }
    ]


def test_an_expired_row_does_not_shrink_its_roll_up(
    table: OccupancyTable, dynamodb: "DynamoDBClient"
) -> None:
    for row in (COUNTED, replace(COUNTED, instant=QUARTER)):
        table.put(row)
    table.put_roll_up("till-1", QUARTER)
    before = table.quarter("till-1", QUARTER)
    key = {"CameraId": {"S": "till-1"}, "TimeStamp": {"S": "2026-11-22T14:05:00.000Z"}}
    dynamodb.delete_item(TableName=OCCUPANCY, Key=key)
    assert not table.put_roll_up("till-1", QUARTER)
    assert table.quarter("till-1", QUARTER) == before


def test_eight_concurrent_writers_of_one_quarter_hour(table: OccupancyTable) -> None:
    rows = [
        replace(COUNTED, instant=QUARTER + timedelta(seconds=10 * k), sample_every=10, count=k % 4)
        for k in range(45)
    ]
    gaps = [replace(GAP, instant=row.instant, sample_every=10) for row in rows[::2]]
    work = Random(1).sample([*rows[:40], *gaps], 40 + len(gaps))

    def write(part: list[Row]) -> None:
        for row in part:
            table.put(row)
            table.put_roll_up("till-1", QUARTER)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, (work[k::8] for k in range(8))))
    stored = table.rows("till-1", QUARTER, QUARTER + QUARTER_HOUR)
    assert [row.status.value for row in stored[:40]] == ["counted"] * 40
    assert len(stored) == 43
    assert table.quarter("till-1", QUARTER) == roll_up("till-1", QUARTER, stored)
