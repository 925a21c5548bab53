"""What each function's role has to allow: the calls of its code, and what Lambda does in the role's name.

The one list of it: `occupancy doctor` asks IAM, tests hold it against the template and against the calls that
the functions make.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from infra.iam.actions import ApiCall, Permission, Place

ANY_STREAM = "any-stream"
ANY_FRAME = "frame/any-camera/2026-11-22/20261122T140500000Z_20261122T140458000Z.jpg"
Outputs = Mapping[str, str]


class StackFunction(StrEnum):
    """The stack's functions, as the names of their outputs begin."""

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
        # GetObject is Rekognition's, in the counter's name.
        ("rekognition", "DetectLabels", {}),
        ("s3", "GetObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        ("s3", "HeadObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        # Not a call: without this right HeadObject answers 403 of a frame that is gone.
        ("s3", "ListObjectsV2", {"Bucket": "{FrameBucketName}"}),
        ("s3", "DeleteObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
        ("sqs", "SendMessage", {"QueueUrl": "{FrameDeadLetterQueueUrl}"}),
    ),
    StackFunction.CLOSING: (
        ("dynamodb", "Scan", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "UpdateItem", {"TableName": "{CameraTableName}"}),
        ("dynamodb", "BatchGetItem", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "Query", {"TableName": "{OccupancyTableName}"}),
        ("dynamodb", "PutItem", {"TableName": "{QuarterHourTableName}"}),
        ("s3", "ListObjectsV2", {"Bucket": "{FrameBucketName}"}),
        ("s3", "DeleteObject", {"Bucket": "{FrameBucketName}", "Key": ANY_FRAME}),
    ),
}


def permissions(kind: StackFunction, outputs: Outputs, place: Place, log_group: str) -> list[Permission]:
    """All that a function's role has to allow, each once. Raises KeyError for an output that is not there."""
    found = [need for call in calls(kind, outputs) for need in call.permissions(place)]
    if kind in QUEUES:
        queue = outputs[QUEUES[kind]]
        for operation in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            found += ApiCall("sqs", operation, {"QueueUrl": queue}).permissions(place)
    stream = place.arn("logs", f"log-group:{log_group}:log-stream:any")
    found += [("logs:CreateLogStream", stream), ("logs:PutLogEvents", stream)]
    found += [("xray:PutTelemetryRecords", "*"), ("xray:PutTraceSegments", "*")]
    return list(dict.fromkeys(found))


def calls(kind: StackFunction, outputs: Outputs) -> list[ApiCall]:
    """The calls of a function's code. Raises KeyError for an output that is not there."""
    return [
        ApiCall(service, operation, {name: _filled(value, outputs) for name, value in params.items()})
        for service, operation, params in _CALLS[kind]
    ]


def _filled(value: str, outputs: Outputs) -> str:
    return outputs[value[1:-1]] if value.startswith("{") else value
