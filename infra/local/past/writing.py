"""Writes a past into the local cloud: stores, cameras, rows, roll-ups, day files and months.

moto answers slowly in large partitions. So rows are written of the open day and the one before it, roll-ups
of three closed days and the open one, and day files of all closed days.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import boto3

from counter.history.bucket import HistoryBucket
from counter.history.files import pack, quarters_file
from counter.history.hours import hours_file
from counter.history.keys import Month, hours_key, quarters_key
from counter.history.month import join_month
from counter.rows.items import quarter_to_item, row_to_item
from counter.rows.kept_rules import KeptRules
from counter.rows.quarters import closable_until
from counter.rows.rule import Rule
from counter.stores.calendar import DAY
from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from infra.local.past.cameras import ended
from infra.local.past.chain import chain
from infra.local.past.days import PastDay, PastSettings, past_day
from infra.local.past.shops import Shop
from infra.local.past.special_days import excluded_days
from infra.local.past.truth import QuarterTruth
from ingest.aws.dynamodb import Item
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import PullCursor
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

DAYS_WITH_ROWS = 1
"""Closed days before the open one whose rows are written."""
DAYS_WITH_ROLL_UPS = 3
MOST_PUTS = 25
"""Items that BatchWriteItem takes ("BatchWriteItem", DynamoDB API Reference)."""
WRITER = "past"
"""The owner of the lease under which the cursors are written."""
STREAM_RETENTION_HOURS = 24

Tell = Callable[[str], None]


@dataclass(frozen=True)
class PastDependencies:
    """The stack's tables, bucket and streams."""

    dynamodb: "DynamoDBClient"
    kinesis_video: "KinesisVideoClient"
    registry: CameraRegistry
    stores: StoreTable
    marks: MarkTable
    bucket: HistoryBucket
    occupancy_table: str
    quarter_hour_table: str

    @classmethod
    def of_stack(cls, outputs: Mapping[str, str]) -> "PastDependencies":
        """Those of a stack, given by its outputs, wherever boto3's environment leads."""
        dynamodb = boto3.client("dynamodb")
        return cls(
            dynamodb,
            boto3.client("kinesisvideo"),
            CameraRegistry(dynamodb, outputs["CameraTableName"]),
            StoreTable(dynamodb, outputs["StoreTableName"]),
            MarkTable(dynamodb, outputs["StoreTableName"]),
            HistoryBucket(boto3.client("s3"), outputs["HistoryBucketName"]),
            outputs["OccupancyTableName"],
            outputs["QuarterHourTableName"],
        )


def write_past(
    dependencies: PastDependencies, span: timedelta, now: datetime, seed: int, tell: Tell = lambda _: None
) -> list[QuarterTruth]:
    """Write the past of the chain's shops that ends now, and return the truth behind it.

    `tell` is told at each tenth how far it has come. The stack must not have stores or cameras of these
    names, and no closing must run meanwhile. Raises StoreExists, CameraExists, and what boto3 raises.
    """
    settings = PastSettings(closable_until(now), seed)
    first = (settings.end - span).date()
    shops = chain(first)
    done, total = 0, sum(len(_days(shop, first, settings.end)) for shop in shops)
    truth: list[QuarterTruth] = []
    for shop in shops:
        for written in write_shop(dependencies, shop, first, settings):
            truth += written.truth
            done += 1
            if done * 10 // total > (done - 1) * 10 // total:
                tell(f"writing the history: {done * 10 // total * 10} %")
    return truth


def write_shop(
    dependencies: PastDependencies, shop: Shop, first: date, settings: PastSettings
) -> Iterator[PastDay]:
    """Write one shop's past, day by day, and yield each day once it is written.

    Its entry comes first, so that a shop that is there already is left alone; months and cameras come last.
    Raises StoreExists.
    """
    calendar, store_id = shop.store.calendar, shop.store.store_id
    open_day = calendar.day_of(settings.end)
    excluded = dict(excluded_days(shop.store.country, first, open_day))
    dependencies.stores.add(replace(shop.store, excluded=excluded, next_day=open_day))
    rules = KeptRules(dependencies.dynamodb, dependencies.quarter_hour_table)
    for view in shop.views:
        rules.keep(view.camera.camera_id, Rule.of(view.camera))
    for day in _days(shop, first, settings.end):
        made = past_day(shop, day, settings)
        if day >= open_day - DAYS_WITH_ROWS * DAY:
            _put_items(dependencies.dynamodb, dependencies.occupancy_table, map(row_to_item, made.rows))
        if day >= open_day - DAYS_WITH_ROLL_UPS * DAY:
            _put_items(
                dependencies.dynamodb, dependencies.quarter_hour_table, map(quarter_to_item, made.quarters)
            )
        if day < open_day:
            _put_files(dependencies.bucket, shop, made)
        yield made
    _join_months(dependencies, store_id, first, open_day)
    for view in shop.views:
        _register(dependencies, view.camera, settings.end)


def _days(shop: Shop, first: date, end: datetime) -> Sequence[date]:
    """The calendar days of a past; the last one is open."""
    open_day = shop.store.calendar.day_of(end)
    return [first + number * DAY for number in range((open_day - first) // DAY + 1)]


def _put_files(bucket: HistoryBucket, shop: Shop, made: PastDay) -> None:
    store_id, zone = shop.store.store_id, shop.store.calendar.zone_of(made.day)
    bucket.put(quarters_key(made.day, store_id), pack(quarters_file(made.lines)), {}, None)
    bucket.put(
        hours_key(made.day, store_id), pack(hours_file(store_id, made.day, zone, made.lines)), {}, None
    )


def _join_months(dependencies: PastDependencies, store_id: str, first: date, open_day: date) -> None:
    """Join the months that are over."""
    month = Month.of(first)
    while month < Month.of(open_day):
        dependencies.marks.mark_join(store_id, str(month))
        month = month.next
    with ThreadPoolExecutor(1) as threads:
        for mark in dependencies.marks.of_store(store_id).joins:
            join_month(dependencies.bucket, dependencies.marks, mark, threads)


def _register(dependencies: PastDependencies, camera: Camera, end: datetime) -> None:
    """Register a camera whose past has ended: it is closed until then, and nothing is due any more."""
    registry = dependencies.registry
    registry.add(ended(camera, end))
    registry.record_closed(camera.camera_id, None, end)
    if camera.source is Source.KVS and camera.stream_name:
        dependencies.kinesis_video.create_stream(
            StreamName=camera.stream_name, DataRetentionInHours=STREAM_RETENTION_HOURS
        )
        registry.lease(camera.camera_id, WRITER, end, timedelta(minutes=1))
        registry.record_cursor(camera.camera_id, WRITER, PullCursor(until=end), release=True)


def _put_items(dynamodb: "DynamoDBClient", table: str, items: Iterable[Item]) -> None:
    waiting = list(items)
    while waiting:
        batch, waiting = waiting[:MOST_PUTS], waiting[MOST_PUTS:]
        answer = dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]}
        )
        left = answer.get("UnprocessedItems", {}).get(table, [])
        waiting += [put["PutRequest"]["Item"] for put in left if "PutRequest" in put]
