"""The permissions of each function's role: for its code's calls, and for what Lambda does in its name.

This is the only list: `occupancy doctor` asks IAM about it, and tests compare it with the template and with
the calls that the functions make.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from infra.iam.actions import ApiCall, Permission, Place

ANY_STREAM = "any-stream"
STREAM_TAG = "store-occupancy"
"""The tag of streams that the pull may read with `PullStreams` = `tagged`; its value is the stack's name."""
RESOURCE_TAG = "aws:ResourceTag/"
"""What the condition keys of a resource's tags begin with."""
ANY_FRAME = "frame/any-camera/2026-11-22/20261122T140500000Z_20261122T140458000Z.jpg"
ANY_DAY = "history/day=2026-11-22/store=any-store/quarters.jsonl.gz"
Outputs = Mapping[str, str]


class StackFunction(StrEnum):
    """The stack's functions; the value is the prefix of their logical ids and outputs."""

    SCHEDULE = "Schedule"
    PULL = "Pull"
    COUNTER = "Counter"
    CLOSING = "Closing"

    @property
    def output(self) -> str:
        """The stack's output with the function's name."""
        return f"{self.value}FunctionName"


QUEUES: Mapping[StackFunction, str] = {
    StackFunction.PULL: "PullQueueUrl",
    StackFunction.COUNTER: "FrameQueueUrl",
}
"""The outputs of the queues that Lambda polls for a function."""

# (service, operation, parameters); a parameter in braces is an output of the stack.
_CALLS: Mapping[StackFunction, tuple[tuple[str, str, Mapping[str, Any]], ...]] = {
    StackFunction.SCHEDULE: (
        ("dynamodb", "Scan", {"TableName": "{CameraTableName}"}),
        ("sqs", "SendMessageBatch", {"QueueUrl": "{PullQueueUrl}"}),
    ),
    StackFunction.PULL: (
        ("dynamodb", "GetItem", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "UpdateItem", {"TableName": "{CameraTableName}"}),
        ("kinesis-video", "DescribeStream", {"StreamName": ANY_STREAM}),
        ("kinesis-video", "GetDataEndpoint", {"StreamName": ANY_STREAM}),
        ("kinesis-video-archived-media", "ListFragments", {"StreamName": ANY_STREAM}),
        ("kinesis-video-archived-media", "GetMediaForFragmentList", {"StreamName": ANY_STREAM}),
        ("kinesis-video-archived-media", "GetImages", {"StreamName": ANY_STREAM}),
        ("kinesis-video-media", "GetMedia", {"StreamName": ANY_STREAM}),
        ("s3", "PutObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        ("sqs", "SendMessageBatch", {"QueueUrl": "{FrameQueueUrl}"}),
    ),
    StackFunction.COUNTER: (
        ("dynamodb", "BatchGetItem", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "Query", {"TableName": "{CameraTableName}", "IndexName": "Sender"}),
        ("dynamodb", "BatchGetItem", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "Query", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{QuarterHourTableName}"}),
        ("dynamodb", "UpdateItem", {"TableName": "{StoreTableName}"}),
        # Rekognition calls GetObject with the counter's permissions; the counter reads a frame's header.
        ("rekognition", "DetectLabels", {}),
        ("s3", "GetObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        ("s3", "HeadObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        # Not a call: without this permission HeadObject answers 403 for a frame that is gone.
        ("s3", "ListObjectsV2", {"Bucket": "{FrameBucketName}"}),
        ("s3", "DeleteObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        ("sqs", "SendMessage", {"QueueUrl": "{FrameDeadLetterQueueUrl}"}),
        ("sqs", "DeleteMessageBatch", {"QueueUrl": "{FrameQueueUrl}"}),
    ),
    StackFunction.CLOSING: (
        ("dynamodb", "GetItem", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "Scan", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "UpdateItem", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "BatchGetItem", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "Query", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{QuarterHourTableName}"}),
        ("dynamodb", "Query", {"TableName": "{QuarterHourTableName}"}),
        ("dynamodb", "DeleteItem", {"TableName": "{StoreTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{StoreTableName}"}),
        ("dynamodb", "Query", {"TableName": "{StoreTableName}"}),
        ("dynamodb", "UpdateItem", {"TableName": "{StoreTableName}"}),
        ("dynamodb", "Query", {"TableName": "{StoreTableName}", "IndexName": "Stores"}),
        ("s3", "GetObject", {"Bucket": "{HistoryBucketName}", "Key": ANY_DAY}),
        ("s3", "PutObject", {"Bucket": "{HistoryBucketName}", "Key": ANY_DAY}),
        # Not a call: without this permission GetObject answers 403 for a day that is not written yet.
        ("s3", "ListObjectsV2", {"Bucket": "{HistoryBucketName}"}),
        ("s3", "ListObjectsV2", {"Bucket": "{FrameBucketName}"}),
        ("s3", "DeleteObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        ("sns", "Publish", {"TopicArn": "{AlarmTopicArn}"}),
    ),
}


def permissions(function: StackFunction, outputs: Outputs, place: Place, log_group: str) -> list[Permission]:
    """All permissions that a function's role needs, each once. Raises KeyError for a missing output."""
    found = [needed for call in api_calls(function, outputs) for needed in call.permissions(place)]
    if function in QUEUES:
        queue = outputs[QUEUES[function]]
        for operation in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            found += ApiCall("sqs", operation, {"QueueUrl": queue}).permissions(place)
    stream = place.arn("logs", f"log-group:{log_group}:log-stream:any")
    found += [("logs:CreateLogStream", stream), ("logs:PutLogEvents", stream)]
    found += [("xray:PutTelemetryRecords", "*"), ("xray:PutTraceSegments", "*")]
    return list(dict.fromkeys(found))


def api_calls(function: StackFunction, outputs: Outputs) -> list[ApiCall]:
    """The calls of a function's code. Raises KeyError for a missing output."""
    return [
        ApiCall(service, operation, {name: _filled(value, outputs) for name, value in params.items()})
        for service, operation, params in _CALLS[function]
    ]


def _filled(value: str, outputs: Outputs) -> str:
    return outputs[value[1:-1]] if value.startswith("{") else value
