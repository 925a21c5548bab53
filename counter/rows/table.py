"""The occupancy table and the quarter-hour table in DynamoDB."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from counter.rows.items import quarter_from_item, quarter_to_item, row_from_item, row_to_item
from counter.rows.occupancy import QuarterHour, Row, RowKey, Status, roll_up
from ingest.aws.dynamodb import Item, batch_get, to_item
from ingest.times import MILLISECOND, QUARTER_HOUR, from_text, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The attributes that a roll-up needs. Reading the people of 900 rows as well would take ten times as long.
_ROLL_UP_ATTRIBUTES = (
    "CameraId", "TimeStamp", "Customer_Number", "StoreId", "Area", "SampleEvery", "Zones", "Source",
    "Status", "Reason", "ExpiresAt", "Feet", "Rule",
)  # fmt: skip


class OccupancyTable:
    """Rows and their roll-ups. The client may be shared by threads."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, quarter_table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._quarter_table = quarter_table

    def rows(self, camera_id: str, start: datetime, end: datetime) -> list[Row]:
        """The rows of [start, end), in order; a consistent read."""
        return list(self._query(camera_id, start, end))

    def each_row(self, camera_id: str, start: datetime, end: datetime) -> Iterator[Row]:
        """Like `rows`, page by page as they are needed: for spans that do not fit in memory."""
        return self._query(camera_id, start, end)

    def outlines(self, camera_id: str, start: datetime, end: datetime) -> list[Row]:
        """Like `rows`, but without people, frame time and detector: enough for a roll-up."""
        names = {f"#{name}": name for name in _ROLL_UP_ATTRIBUTES}
        return list(
            self._query(
                camera_id,
                start,
                end,
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
            )
        )

    def get(self, keys: Iterable[RowKey]) -> dict[RowKey, Row]:
        """The rows that exist; a consistent read."""
        wanted = [_key(*key) for key in sorted(set(keys))]
        rows = map(row_from_item, batch_get(self._dynamodb, self._table, wanted, consistent=True))
        return {(row.camera_id, row.instant): row for row in rows}

    def put(self, row: Row) -> bool:
        """Store a row. False if a counted row exists, or if any row exists and the new one is a gap."""
        condition = "attribute_not_exists(CameraId)"
        more: dict[str, Any] = {}
        if row.status is Status.COUNTED:
            condition += " OR #status = :gap"
            more = {
                "ExpressionAttributeNames": {"#status": "Status"},
                "ExpressionAttributeValues": to_item({":gap": Status.GAP.value}),
            }
        return self._put(self._table, row_to_item(row), condition, **more)

    def replace_count(self, before: Row, after: Row) -> bool:
        """Give a counted row the count, zones, feet and rule of `after`; False if it is not as in `before`.

        All else in the row stays, known to this version or not. A row that has expired does not come back.
        """
        values = row_to_item(after)
        unchanged = "#status = :status AND #number = :before AND " + (
            "attribute_not_exists(#rule)" if before.rule is None else "#rule = :was"
        )
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(before.camera_id, before.instant),
                UpdateExpression="SET #number = :number, #zones = :zones, #feet = :feet, #rule = :rule",
                ConditionExpression=unchanged,
                ExpressionAttributeNames={
                    "#status": "Status",
                    "#number": "Customer_Number",
                    "#zones": "Zones",
                    "#feet": "Feet",
                    "#rule": "Rule",
                },
                ExpressionAttributeValues={
                    ":number": values["Customer_Number"],
                    ":zones": values["Zones"],
                    ":feet": values["Feet"],
                    ":rule": values["Rule"],
                }
                | to_item({":status": Status.COUNTED.value, ":before": before.count, ":was": before.rule}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def put_roll_up(self, camera_id: str, quarter_start: datetime) -> bool:
        """Update the roll-up of a quarter hour from its rows. False if it is up to date already.

        Every writer of a row calls this after its write. Each reads after its own write, so the last reader
        sees all rows and has the highest rank: the roll-up is exact with any number of writers.
        """
        quarter = self.rolled_up(camera_id, quarter_start)
        return quarter is not None and self.put_quarter(quarter)

    def rolled_up(self, camera_id: str, quarter_start: datetime) -> QuarterHour | None:
        """The roll-up of the rows that a quarter hour has now, None if it has none; nothing is stored."""
        rows = self.outlines(camera_id, quarter_start, quarter_start + QUARTER_HOUR)
        return roll_up(camera_id, quarter_start, rows)

    def put_quarter(self, quarter: QuarterHour, *, again: bool = False) -> bool:
        """Store a roll-up. False if the stored one has a higher rank, or, unless `again`, the same."""
        return self._put(
            self._quarter_table,
            quarter_to_item(quarter),
            f"attribute_not_exists(CameraId) OR #rank {'<=' if again else '<'} :rank",
            ExpressionAttributeNames={"#rank": "Rank"},
            ExpressionAttributeValues=to_item({":rank": quarter.rank}),
        )

    def quarter(self, camera_id: str, start: datetime) -> QuarterHour | None:
        """The stored roll-up, or None; a consistent read."""
        key = to_item({"CameraId": camera_id, "QuarterStart": to_text(start)})
        answer = self._dynamodb.get_item(TableName=self._quarter_table, Key=key, ConsistentRead=True)
        return quarter_from_item(answer["Item"]) if "Item" in answer else None

    def newest_quarters(self, camera_id: str, start: datetime, end: datetime) -> Iterator[QuarterHour]:
        """The stored roll-ups of quarter hours that begin in [start, end), newest first.

        They are read a day at a time, as they are needed; a consistent read.
        """
        day = {"PaginationConfig": {"PageSize": timedelta(days=1) // QUARTER_HOUR}}
        return self._quarters(camera_id, start, end, ScanIndexForward=False, **day)

    def quarters(self, camera_id: str, start: datetime, end: datetime) -> list[QuarterHour]:
        """The stored roll-ups of quarter hours that begin in [start, end), in order; a consistent read."""
        return list(self._quarters(camera_id, start, end))

    def _quarters(self, camera_id: str, start: datetime, end: datetime, **more: Any) -> Iterator[QuarterHour]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._quarter_table,
            KeyConditionExpression="CameraId = :camera AND QuarterStart BETWEEN :start AND :last",
            ExpressionAttributeValues=to_item(
                {":camera": camera_id, ":start": to_text(start), ":last": to_text(end - MILLISECOND)}
            ),
            ConsistentRead=True,
            **more,
        )
        return (quarter_from_item(item) for page in pages for item in page["Items"])

    def first_quarter(self, camera_id: str, store_id: str) -> datetime | None:
        """The start of the camera's oldest roll-up in a store, None if it has none."""
        return next(self._starts(camera_id, "StoreId = :store", store_id), (None, ""))[0]

    def quarters_elsewhere(self, camera_id: str, store_id: str) -> Iterator[tuple[datetime, str]]:
        """The start and the store of each roll-up of a camera in another store, oldest first."""
        return self._starts(camera_id, "StoreId <> :store", store_id)

    def _starts(self, camera_id: str, condition: str, store_id: str) -> Iterator[tuple[datetime, str]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._quarter_table,
            # What else the partition holds sorts behind the times.
            KeyConditionExpression="CameraId = :camera AND QuarterStart < :last",
            FilterExpression=condition,
            ProjectionExpression="QuarterStart, StoreId",
            ExpressionAttributeValues=to_item({":camera": camera_id, ":store": store_id, ":last": "A"}),
        )
        for page in pages:
            for item in page["Items"]:
                yield from_text(item["QuarterStart"]["S"]), item["StoreId"]["S"]

    def _query(self, camera_id: str, start: datetime, end: datetime, **more: Any) -> Iterator[Row]:
        if "ExpressionAttributeNames" not in more:
            more["ExpressionAttributeNames"] = {"#TimeStamp": "TimeStamp"}
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="CameraId = :camera AND #TimeStamp BETWEEN :start AND :last",
            ExpressionAttributeValues=to_item(
                {":camera": camera_id, ":start": to_text(start), ":last": to_text(end - MILLISECOND)}
            ),
            ConsistentRead=True,
            **more,
        )
        return (row_from_item(item) for page in pages for item in page["Items"])

    def _put(self, table: str, item: Item, condition: str, **more: Any) -> bool:
        try:
            self._dynamodb.put_item(TableName=table, Item=item, ConditionExpression=condition, **more)
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(camera_id: str, instant: datetime) -> Item:
    return to_item({"CameraId": camera_id, "TimeStamp": to_text(instant)})
