"""The entries of recounts in the store table. A write names what it replaces: one command runs a recount."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from counter.recount.entry import Recount, RecountRuns, RecountTaken, resumed
from counter.recount.items import PARTITION, entry_item, entry_key, recount_from_item
from ingest.aws.dynamodb import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RecountEntries:
    """The entries of all cameras' recounts. Threads may share the client."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, camera_id: str) -> Recount | None:
        """The recount of a camera that has not ended; a consistent read."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=entry_key(camera_id), ConsistentRead=True)
        return recount_from_item(answer["Item"]) if "Item" in answer else None

    def all(self) -> Iterator[Recount]:
        """All recounts that have not ended, by camera."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="StoreId = :partition",
            ExpressionAttributeValues=to_item({":partition": PARTITION}),
            ConsistentRead=True,
        )
        return (recount_from_item(item) for page in pages for item in page["Items"])

    def begin(self, wanted: Recount, owner: str, now: datetime) -> Recount:
        """Write the entry of a recount, or take over the entry of one that was stopped.

        Raises RecountRuns or RecountUnfinished.
        """
        found = self.get(wanted.camera_id)
        recount = resumed(found, wanted, now).owned(owner, now)
        if not self._put(recount, found):
            raise RecountRuns(self.get(wanted.camera_id) or recount)
        return recount

    def advance(self, recount: Recount, done: datetime, reaching: datetime, now: datetime) -> Recount:
        """Note how far the recount has come and how far it now goes on. Raises RecountTaken."""
        after = replace(recount, done=done, reaching=reaching).owned(recount.owner or "", now)
        if not self._put(after, recount):
            raise RecountTaken(recount.camera_id)
        return after

    def release(self, camera_id: str, owner: str) -> None:
        """Leave an unfinished recount to whoever runs the command again; not if somebody has it already."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=entry_key(camera_id),
                UpdateExpression="REMOVE #owner, #expires",
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "Owner", "#expires": "Expires"},
                ExpressionAttributeValues=to_item({":owner": owner}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return

    def withdraw(self, camera_id: str, owner: str) -> bool:
        """Remove the entry of a recount of which no row can have changed yet; False if that is not so."""
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=entry_key(camera_id),
                ConditionExpression="#owner = :owner AND #reaching = #from",
                ExpressionAttributeNames={"#owner": "Owner", "#reaching": "Reaching", "#from": "From"},
                ExpressionAttributeValues=to_item({":owner": owner}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def end(self, recount: Recount) -> None:
        """Remove the entry of a recount that is complete. Raises RecountTaken."""
        condition, values = _unchanged(recount)
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=entry_key(recount.camera_id),
                ConditionExpression=condition,
                **values,
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            if self.get(recount.camera_id) is not None:
                raise RecountTaken(recount.camera_id) from error

    def _put(self, recount: Recount, before: Recount | None) -> bool:
        """Put an entry in the place of `before`; False if the table holds neither of them.

        It may hold the new one already: botocore repeats a call whose answer was lost.
        """
        condition, values = _unchanged(before)
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=entry_item(recount), ConditionExpression=condition, **values
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return self.get(recount.camera_id) == recount
        return True


def _unchanged(recount: Recount | None) -> tuple[str, dict[str, Any]]:
    """The condition that the entry is still that of the owner who was read; no other command writes it."""
    if recount is None:
        return "attribute_not_exists(StoreId)", {}
    names = {"ExpressionAttributeNames": {"#owner": "Owner"}}
    if recount.owner is None:
        return "attribute_exists(StoreId) AND attribute_not_exists(#owner)", names
    return "#owner = :owner", names | {"ExpressionAttributeValues": to_item({":owner": recount.owner})}
