"""Reads day files, rows and roll-ups with the plain calls of S3 and DynamoDB, for the outside reader."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from infra.local.demo.outside_reader import DayFile, Stored

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PREFIX, _QUARTERS, _HOURS = "history/day=", "/quarters.jsonl.gz", "/hours.json.gz"
_UNREADABLE = (OSError, EOFError, zlib.error, ValueError)


def read_stored(outputs: Mapping[str, str]) -> Stored:
    """All that the stack with these outputs holds."""
    s3, bucket = boto3.client("s3"), outputs["HistoryBucketName"]
    files, unreadable = [], []
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_PREFIX)
    for key in [entry["Key"] for page in pages for entry in page.get("Contents", [])]:
        if not key.endswith(_QUARTERS):
            continue
        try:
            files.append(_day_file(s3, bucket, key))
        except _UNREADABLE:
            unreadable.append(key)
    rows, roll_ups = (list(_items(outputs[f"{name}TableName"])) for name in ("Occupancy", "QuarterHour"))
    return Stored(files, rows, roll_ups, unreadable)


def read_line(outputs: Mapping[str, str], day: str, store: str, camera: str) -> Mapping[str, Any] | None:
    """A camera's first line in a day file; None if there is no such line, or no such file."""
    s3 = boto3.client("s3")
    try:
        found = _day_file(s3, outputs["HistoryBucketName"], f"{_PREFIX}{day}/store={store}{_QUARTERS}")
    except s3.exceptions.NoSuchKey:
        return None
    return next((line for line in found.lines if line["camera"] == camera), None)


def _day_file(s3: "S3Client", bucket: str, key: str) -> DayFile:
    day, _, store = key.removeprefix(_PREFIX).removesuffix(_QUARTERS).partition("/store=")
    lines = _unpacked(s3, bucket, key).splitlines()
    hours = _unpacked(s3, bucket, key.removesuffix(_QUARTERS) + _HOURS)
    return DayFile(store, day, [json.loads(line) for line in lines], json.loads(hours))


def _unpacked(s3: "S3Client", bucket: str, key: str) -> bytes:
    return gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def _items(table: str) -> Iterator[dict[str, Any]]:
    """The items of a table as plain values; numbers are Decimals, which equal whole numbers of JSON."""
    deserialize = TypeDeserializer().deserialize
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        for item in page["Items"]:
            yield {name: deserialize(value) for name, value in item.items()}
