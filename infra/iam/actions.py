"""The IAM actions that a boto3 call needs, and on which resources. Pure.

The local cloud checks them at run time (`infra/local/lambdas/roles.py`), `occupancy doctor` asks IAM.
Source: "Actions, resources, and condition keys" of each service in the Service Authorization Reference.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Params = Mapping[str, Any]
Permission = tuple[str, str]
"""An action and the ARN of its resource; `*` for an action without resources."""


@dataclass(frozen=True)
class Place:
    """The partition, region and account of ARNs."""

    region: str
    account: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class ApiCall:
    """A call of boto3: `service` is botocore's service id, hyphenated."""

    service: str
    operation: str
    params: Params

    def permissions(self, place: Place) -> list[Permission]:
        """The permissions that the caller needs."""
        return list(_PERMISSIONS.get(self.service, _nothing_known)(self.operation, self.params, place))


def _nothing_known(operation: str, _params: Params, _place: Place) -> Iterator[Permission]:
    """A service that no function uses: no policy allows this action."""
    yield f"unknown:{operation}", "*"


def _dynamodb(operation: str, params: Params, place: Place) -> Iterator[Permission]:
    tables = params.get("RequestItems") or [params["TableName"]]
    index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
    for table in tables:
        yield f"dynamodb:{operation}", place.arn("dynamodb", f"table/{table}{index}")


def _sqs(operation: str, params: Params, place: Place) -> Iterator[Permission]:
    if "SourceArn" in params:
        yield from _message_moves(operation, params)
        return
    queue = params["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{operation.removesuffix('Batch')}", place.arn("sqs", queue)


def _message_moves(operation: str, params: Params) -> Iterator[Permission]:
    """Source: "Configuring queue permissions for dead-letter queue redrive", Amazon SQS Developer Guide."""
    yield f"sqs:{operation}", params["SourceArn"]
    if operation == "StartMessageMoveTask":
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            yield f"sqs:{action}", params["SourceArn"]
        if "DestinationArn" in params:
            yield "sqs:SendMessage", params["DestinationArn"]


_S3_ACTIONS = {
    "DeleteObjects": "DeleteObject",
    "HeadObject": "GetObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
}


def _s3(operation: str, params: Params, place: Place) -> Iterator[Permission]:
    action = f"s3:{_S3_ACTIONS.get(operation, operation)}"
    bucket = f"arn:{place.partition}:s3:::{params['Bucket']}"
    if "Delete" in params:
        yield from ((action, f"{bucket}/{entry['Key']}") for entry in params["Delete"]["Objects"])
    else:
        yield action, f"{bucket}/{params['Key']}" if "Key" in params else bucket


def _kinesis_video(operation: str, params: Params, place: Place) -> Iterator[Permission]:
    # A stream's ARN ends in its creation time, which only KVS knows.
    arn = place.arn("kinesisvideo", f"stream/{params.get('StreamName')}/0")
    yield f"kinesisvideo:{operation}", params.get("StreamARN", arn)


def _sns(operation: str, params: Params, _place: Place) -> Iterator[Permission]:
    yield f"sns:{operation}", params["TopicArn"]


def _rekognition(operation: str, params: Params, place: Place) -> Iterator[Permission]:
    yield f"rekognition:{operation}", "*"
    if found := params.get("Image", {}).get("S3Object"):
        yield from _s3("GetObject", {"Bucket": found["Bucket"], "Key": found["Name"]}, place)


_PERMISSIONS: Mapping[str, Callable[[str, Params, Place], Iterator[Permission]]] = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "sns": _sns,
    "s3": _s3,
    "kinesis-video": _kinesis_video,
    "kinesis-video-archived-media": _kinesis_video,
    "kinesis-video-media": _kinesis_video,
    "rekognition": _rekognition,
}
