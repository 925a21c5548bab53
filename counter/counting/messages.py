"""Read an SQS message of the frame queue: frames that arrived, a gap notice, or nothing to do. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from ingest.frames.messages import GapNotice
from ingest.times import from_text


@dataclass(frozen=True)
class Message:
    """A message of the frame queue; `receives` is how often SQS has delivered it, this time included."""

    message_id: str
    body: str
    receipt_handle: str = ""
    receives: int = 1

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Message":
        """Read a record of Lambda's SQS event ("Using Lambda with Amazon SQS")."""
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        return cls(record["messageId"], record["body"], record["receiptHandle"], receives)


@dataclass(frozen=True)
class FrameArrival:
    """S3's notification of a new object; `body` is this record alone, as a message."""

    message_id: str
    body: str
    key: str
    event_time: datetime


@dataclass(frozen=True)
class NoticeArrival:
    """The pull's notice that there will be no frame for an instant."""

    message_id: str
    body: str
    notice: GapNotice


@dataclass(frozen=True)
class DeadLetter:
    """A message that no retry can handle; it goes to the dead-letter queue with a sentence that says why.

    The sentence is logged, so it never quotes the body, which may contain anything.
    """

    message_id: str
    body: str
    reason: str


Arrival = FrameArrival | NoticeArrival | DeadLetter


def read(message_id: str, body: str, bucket: str) -> Iterator[Arrival]:
    """What a message contains: nothing for S3's test event, one arrival for each record of other events."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):  # RecursionError: deeply nested brackets
        yield DeadLetter(message_id, body, f"message {message_id} is not JSON")
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
            yield DeadLetter(
                message_id, body, f"message {message_id} is neither an S3 event nor a gap notice"
            )


def _notice(message_id: str, body: str) -> NoticeArrival | DeadLetter:
    try:
        return NoticeArrival(message_id, body, GapNotice.from_body(body))
    except ValueError as error:
        return DeadLetter(message_id, body, f"gap notice cannot be read: {error}")


def _frame(message_id: str, record: Any, bucket: str) -> FrameArrival | DeadLetter:
    body = json.dumps({"Records": [record]})
    try:
        name, key, event_time = _object_created(record)
    except ValueError as error:
        return DeadLetter(
            message_id, body, f"message {message_id} is not an S3 event of a new object: {error}"
        )
    if name != bucket:
        return DeadLetter(
            message_id, body, f"key {key!r} is in bucket {name!r}, but this stack's bucket is {bucket!r}"
        )
    if not key.isprintable():
        # DeleteObjects cannot express such a key in its XML; the whole call would fail.
        return DeadLetter(message_id, body, f"key {key!r} is not a frame key: it has control characters")
    return FrameArrival(message_id, body, key, event_time)


def _object_created(record: Any) -> tuple[str, str, datetime]:
    """Bucket, key and time of an S3 event's record. Raises ValueError that names the wrong field."""
    event = _text(record, "eventName")
    if not event.removeprefix("s3:").startswith("ObjectCreated:"):
        raise ValueError(f"eventName is {_short(event)}: subscribe the queue only to s3:ObjectCreated:*")
    # S3 encodes keys in its events like form fields: a space arrives as a plus.
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
