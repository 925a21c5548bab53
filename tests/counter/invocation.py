"""What Lambda gives to a handler, and what it writes: environment, event, context, metrics."""

import json
import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from counter.closing import handler as closing
from counter.counting import handler as counting
from counter.counting.messages import Message
from ingest.aws.handlers import Handler
from tests.counter.tables import CAMERAS, OCCUPANCY, QUARTERS, STORES
from tests.counter.world import BUCKET, HISTORY

ENVIRON = {
    "CAMERA_TABLE": CAMERAS,
    "OCCUPANCY_TABLE": OCCUPANCY,
    "QUARTER_HOUR_TABLE": QUARTERS,
    "STORE_TABLE": STORES,
    "FRAME_BUCKET": BUCKET,
    "FRAME_QUEUE_URL": "https://queue.amazonaws.com/123456789012/frame",
    "FRAME_DEAD_LETTER_QUEUE_URL": "https://queue.amazonaws.com/123456789012/dead-letters",
    "DETECT_LABELS_PER_SECOND": "50",
    "MAXIMUM_CONCURRENCY": "2",
    "ROW_RETENTION_DAYS": "400",
}
CLOSING_ENVIRON = ENVIRON | {
    "HISTORY_BUCKET": HISTORY,
    "STACK_NAME": "shops",
    "ALARM_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alarms",
    "DAILY_MESSAGE_HOUR": "6",
}


class Context(LambdaContext):
    """An invocation with a minute left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def counter() -> Handler:
    """The counter, started once as Lambda does it: creating its clients takes longer than a test."""
    return _counter(os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"))


def closing_function() -> Handler:
    """The closing, started once."""
    return _closing_function(os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"))


# Its clients keep the DynamoDB of the environment in which it was started.
@cache
def _counter(_: str | None) -> Handler:
    return counting.start(ENVIRON)


@cache
def _closing_function(_: str | None) -> Handler:
    return closing.start(CLOSING_ENVIRON)


def sqs_event(*messages: Message) -> dict[str, Any]:
    """The event for a batch of the frame queue, as far as the counter reads it."""
    return {
        "Records": [
            {
                "messageId": message.message_id,
                "body": message.body,
                "receiptHandle": message.receipt_handle,
                "attributes": {"ApproximateReceiveCount": str(message.receives)},
            }
            for message in messages
        ]
    }


def metrics(output: str) -> list[dict[str, Any]]:
    """The lines of metrics in what an invocation printed."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]
