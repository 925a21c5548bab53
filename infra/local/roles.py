"""Least privilege, held locally: a function's boto3 calls are held against the role of the template.

moto does not enforce policies well enough, so a call is refused on its way out, by an event of botocore, as
IAM would refuse it. What AWS does in a role's name (polling a queue, writing logs) is no call of the
function's own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.exceptions import ClientError

from infra.local.functions import Function
from infra.local.physical import ACCOUNT
from infra.local.provision import Stack

if TYPE_CHECKING:
    from botocore.model import OperationModel

Started = TypeVar("Started")
Params = Mapping[str, Any]
Need = tuple[str, str]
"""An action and the ARN of what it is done to; `*` where the action has no resource."""


@dataclass(frozen=True)
class Role:
    """What a role's own policies allow: pairs of patterns for an action and an ARN."""

    name: str
    region: str
    allowed: frozenset[Need]

    def allows(self, need: Need) -> bool:
        """Whether one of the statements covers it."""
        return any(all(map(_matches, need, statement)) for statement in self.allowed)

    def refused(self, service: str, operation: str, params: Params) -> list[Need]:
        """What a call needs and the role does not give. `service` is botocore's service id, hyphenated."""
        needs = _NEEDS.get(service, _nothing_known)(operation, params, self.region)
        return [need for need in needs if not self.allows(need)]


def role_of(stack: Stack, function: Function) -> Role:
    """The role of a function, with its resources resolved."""
    arn: str = stack.resources[function.logical_id].properties["Role"]
    name = arn.rpartition("/")[2]
    (role,) = (
        resource
        for resource in stack.resources.values()
        if resource.type == "AWS::IAM::Role" and stack.ids[resource.logical_id] == name
    )
    documents = (policy["PolicyDocument"] for policy in role.properties["Policies"])
    statements = (statement for document in documents for statement in document["Statement"])
    allowed = (
        (action, resource)
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    )
    return Role(role.logical_id, stack.region, frozenset(allowed))


def confined(role: Role, start: Callable[[], Started]) -> Started:
    """Call `start`; the clients that it makes from boto3's default session can do what the role allows.

    The default session before and after is as it was.
    """
    before = boto3.DEFAULT_SESSION
    session = boto3.Session()
    boto3.DEFAULT_SESSION = session
    session.events.register("provide-client-params", _refusing(role))
    try:
        return start()
    finally:
        boto3.DEFAULT_SESSION = before


def _refusing(role: Role) -> Callable[..., None]:
    def refuse(params: Params, model: "OperationModel", **_: object) -> None:
        service = model.service_model.service_id.hyphenize()
        if refused := role.refused(service, model.name, params):
            wishes = ", ".join(f"{action} on {arn}" for action, arn in refused)
            message = f"{role.name} does not allow {wishes}"
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name)

    return refuse


def _matches(value: str, pattern: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value) is not None


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _nothing_known(operation: str, _params: Params, _region: str) -> Iterator[Need]:
    """A service that no function has to do with."""
    yield f"unknown:{operation}", "*"


def _dynamodb(operation: str, params: Params, region: str) -> Iterator[Need]:
    tables = params.get("RequestItems") or [params["TableName"]]
    index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
    for table in tables:
        yield f"dynamodb:{operation}", f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}{index}"


def _sqs(operation: str, params: Params, region: str) -> Iterator[Need]:
    queue = params["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{region}:{ACCOUNT}:{queue}"


_S3_ACTIONS = {
    "DeleteObjects": "DeleteObject",
    "HeadObject": "GetObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
}


def _s3(operation: str, params: Params, _region: str) -> Iterator[Need]:
    action = f"s3:{_S3_ACTIONS.get(operation, operation)}"
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if "Delete" in params:
        yield from ((action, f"{bucket}/{entry['Key']}") for entry in params["Delete"]["Objects"])
    else:
        yield action, f"{bucket}/{params['Key']}" if "Key" in params else bucket


def _kinesis_video(operation: str, params: Params, region: str) -> Iterator[Need]:
    # A stream's ARN ends in its creation time, which nobody but KVS knows beforehand.
    arn = f"arn:aws:kinesisvideo:{region}:{ACCOUNT}:stream/{params.get('StreamName')}/0"
    yield f"kinesisvideo:{operation}", params.get("StreamARN", arn)


def _rekognition(operation: str, params: Params, region: str) -> Iterator[Need]:
    yield f"rekognition:{operation}", "*"
    if found := params.get("Image", {}).get("S3Object"):
        yield from _s3("GetObject", {"Bucket": found["Bucket"], "Key": found["Name"]}, region)


_NEEDS: Mapping[str, Callable[[str, Params, str], Iterator[Need]]] = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "s3": _s3,
    "kinesis-video": _kinesis_video,
    "kinesis-video-archived-media": _kinesis_video,
    "kinesis-video-media": _kinesis_video,
    "rekognition": _rekognition,
}
