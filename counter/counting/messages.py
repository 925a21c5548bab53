"""What an SQS message of the frame queue says: frames that arrived, a gap, or nothing for us. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from ingest.frames.messages import GapNotice
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
        case {"GapNotice": {}}:
            yield _notice(message_id, body)
        case {"Records": [_, *_] as records}:
            for record in records:
                yield _frame(message_id, record, bucket)
        case _:
            yield Refusal(message_id, body, f"message {message_id} is neither an S3 event nor a gap notice")


def _notice(message_id: str, body: str) -> NoticeArrival | Refusal:
    try:
        return NoticeArrival(message_id, body, GapNotice.from_body(body))
    except ValueError as error:
        return Refusal(message_id, body, f"gap notice cannot be read: {error}")


def _frame(message_id: str, record: Any, bucket: str) -> FrameArrival | Refusal:
    body = json.dumps({"Records": [record]})
    try:
        name, key, event_time = _object_created(record)
    except ValueError as error:
        return Refusal(message_id, body, f"message {message_id} holds no S3 event of a new object: {error}")
    if name != bucket:
        return Refusal(message_id, body, f"key {key!r} is in bucket {name!r}, this stack's is {bucket!r}")
    if not key.isprintable():
        # Such a key could not be written in the XML of DeleteObjects and would fail all others with it.
        return Refusal(message_id, body, f"key {key!r} is no frame key: it holds control characters")
    return FrameArrival(message_id, body, key, event_time)


def _object_created(record: Any) -> tuple[str, str, datetime]:
    """Bucket, key and time of an S3 event's record. Raises ValueError: which field is not as S3 writes it."""
    event = _text(record, "eventName")
    if not event.removeprefix("s3:").startswith("ObjectCreated:"):
        raise ValueError(f"eventName is {_short(event)}: subscribe the queue to s3:ObjectCreated:* alone")
    # Keys in S3's events are encoded as in a form: a space arrives as a plus.
    key = unquote_plus(_text(record, "s3", "object", "key"))
    return _text(record, "s3", "bucket", "name"), key, _event_time(record)


def _event_time(record: Any) -> datetime:
    text = _text(record, "eventTime")
    try:
        return from_text(text)
    except ValueError as error:
        raise ValueError(f"eventTime {error}") from error


def _text(record: Any, *path: str) -> str:
    value = record
    for depth, name in enumerate(path):
        if not isinstance(value, dict):
            where = ".".join(path[:depth]) or "the record"
            raise ValueError(f"{where} is {_short(value)}, expected an object")  # noqa: TRY004 - what came in is wrong, not its type
        if name not in value:
            where = ".".join(path[: depth + 1])
            raise ValueError(f"{where} is missing: only S3 and the pull may send to this queue")
        value = value[name]
    if not isinstance(value, str):
        raise ValueError(f"{'.'.join(path)} is {_short(value)}, expected a text")  # noqa: TRY004 - as above
    return value


def _short(value: object) -> str:
    return repr(value)[:80]
