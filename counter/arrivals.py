"""What an SQS message of the frame queue says: frames that arrived, a gap, or nothing for us. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from ingest.messages import GapNotice
from ingest.times import from_text


@dataclass(frozen=True)
class FrameArrival:
    """S3 says that an object is there; `body` is this record alone, as a message of its own."""

    message_id: str
    body: str
    key: str
    event_time: datetime


@dataclass(frozen=True)
class NoticeArrival:
    """The pull says that there will be no frame for an instant."""

    message_id: str
    body: str
    notice: GapNotice


@dataclass(frozen=True)
class Refusal:
    """What nobody can ever handle goes to the dead-letter queue, with one sentence why.

    The sentence is logged, so it never quotes a body that might be anything.
    """

    message_id: str
    body: str
    reason: str


Arrival = FrameArrival | NoticeArrival | Refusal


def read(message_id: str, body: str, bucket: str) -> Iterator[Arrival]:
    """What one message brings: nothing for S3's test event, several for an event with several records."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):  # RecursionError: brackets without end
        yield Refusal(message_id, body, f"message {message_id} is not JSON")
        return
    match content:
        case {"Event": "s3:TestEvent"}:
            return
        case {"GapNotice": _}:
            yield _notice(message_id, body)
        case {"Records": [_, *_] as records}:
            for record in records:
                yield _frame(message_id, record, bucket)
        case _:
            yield Refusal(message_id, body, f"message {message_id} is neither an S3 event nor a gap notice")


def _notice(message_id: str, body: str) -> NoticeArrival | Refusal:
    try:
        return NoticeArrival(message_id, body, GapNotice.from_body(body))
    except (ValueError, OverflowError) as error:  # OverflowError: a time outside the calendar
        return Refusal(message_id, body, f"gap notice cannot be read: {error}")


def _frame(message_id: str, record: Any, bucket: str) -> FrameArrival | Refusal:
    body = json.dumps({"Records": [record]})
    try:
        name, key, event_time = _object_created(record)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return Refusal(message_id, body, f"message {message_id} holds no S3 event of a new object: {error!r}")
    if name != bucket:
        return Refusal(message_id, body, f"key {key!r} is in bucket {name!r}, this stack's is {bucket!r}")
    if not key.isprintable():
        # Such a key could not be written in the XML of DeleteObjects and would fail all others with it.
        return Refusal(message_id, body, f"key {key!r} is no frame key: it holds control characters")
    return FrameArrival(message_id, body, key, event_time)


def _object_created(record: Mapping[str, Any]) -> tuple[str, str, datetime]:
    if not str(record["eventName"]).removeprefix("s3:").startswith("ObjectCreated:"):
        raise ValueError(f"event {record['eventName']!r} is not ObjectCreated")
    content = record["s3"]
    # Keys in S3's events are encoded as in a form: a space arrives as a plus.
    key = unquote_plus(str(content["object"]["key"]))
    return str(content["bucket"]["name"]), key, from_text(record["eventTime"])
