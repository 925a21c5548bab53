"""Least privilege at run time: each boto3 call of a function is checked against its role in the template.

moto enforces no policies, so an event handler of botocore refuses a call before it leaves, with the error
that IAM would give. What AWS does in a role's name (polling a queue, writing logs) is not checked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.exceptions import ClientError

from infra.iam.actions import ApiCall, Params, Permission, Place
from infra.iam.functions import RESOURCE_TAG
from infra.iam.patterns import UnsupportedPolicy
from infra.iam.policies import AccessRequest, Decision, Statement, condition_keys, decide, read_policy
from infra.local.lambdas.functions import Function
from infra.local.stack import managed_policies
from infra.local.stack.attributes import ACCOUNT
from infra.local.stack.resources import ProvisionedStack

if TYPE_CHECKING:
    from botocore.model import OperationModel

Started = TypeVar("Started")


@dataclass(frozen=True)
class Role:
    """A role with the statements of its inline and managed policies."""

    name: str
    region: str
    statements: tuple[Statement, ...]
    stream_tags: Callable[[str], Mapping[str, str]] = lambda _: {}
    """The tags of a stream, by its name; asked only where a policy depends on them."""

    def allows(self, permission: Permission) -> bool:
        """Whether its policies allow an action on a resource.

        Raises UnsupportedPolicy where that depends on a condition key that the local cloud does not know.
        """
        action, resource = permission
        request = AccessRequest(action, resource, self._context())
        needed = condition_keys(self.statements, request)
        if any(key.startswith(RESOURCE_TAG.lower()) for key in needed):
            tags = self._tags(resource)
            request = AccessRequest(action, resource, {**request.context, **tags})
            needed = {key for key in needed if not key.startswith(RESOURCE_TAG.lower())}
        if unknown := sorted(needed - {key.lower() for key in request.context}):
            raise UnsupportedPolicy(
                f"{self.name}: whether it allows {action} depends on the condition key {unknown[0]},"
                " which the local cloud does not know: add it to infra/local/lambdas/roles.py"
            )
        return decide(self.statements, request) is Decision.ALLOWED

    def refused(self, service: str, operation: str, params: Params) -> list[Permission]:
        """The permissions that a call needs and the role lacks. `service` is botocore's id, hyphenated."""
        needed = ApiCall(service, operation, params).permissions(Place(self.region, ACCOUNT))
        return [permission for permission in needed if not self.allows(permission)]

    def _tags(self, resource: str) -> Mapping[str, tuple[str, ...]]:
        """The condition keys of a stream's tags. Raises UnsupportedPolicy for another resource."""
        stream = re.fullmatch(r"arn:[^:]*:kinesisvideo:[^:]*:[^:]*:stream/([^/]+)/\d+", resource)
        if stream is None:
            raise UnsupportedPolicy(f"{self.name}: the local cloud does not know the tags of {resource}")
        return {f"{RESOURCE_TAG}{key}": (value,) for key, value in self.stream_tags(stream[1]).items()}

    def _context(self) -> Mapping[str, tuple[str, ...]]:
        """What IAM knows of every call. On AWS calls use TLS: only on this machine they are plain HTTP."""
        return {
            "aws:PrincipalAccount": (ACCOUNT,),
            "aws:RequestedRegion": (self.region,),
            "aws:SecureTransport": ("true",),
        }


def role_of(stack: ProvisionedStack, function: Function) -> Role:
    """The role of a function, with all its policies. Raises UnsupportedPolicy or UnknownManagedPolicy."""
    arn: str = stack.resources[function.logical_id].properties["Role"]
    name = arn.rpartition("/")[2]
    (role,) = (
        resource
        for resource in stack.resources.values()
        if resource.type == "AWS::IAM::Role" and stack.ids[resource.logical_id] == name
    )
    documents = [policy["PolicyDocument"] for policy in role.properties.get("Policies", [])]
    documents += [_managed_policy(stack, policy) for policy in role.properties.get("ManagedPolicyArns", [])]
    statements = (statement for document in documents for statement in read_policy(document))
    return Role(role.logical_id, stack.region, tuple(statements), partial(_stream_tags, stack.region))


def _stream_tags(region: str, name: str) -> Mapping[str, str]:
    """The tags of a stream of the local KVS; none if it does not exist, as IAM would not know them either."""
    kinesisvideo = boto3.Session(region_name=region).client("kinesisvideo")
    try:
        return kinesisvideo.list_tags_for_stream(StreamName=name)["Tags"]
    except kinesisvideo.exceptions.ResourceNotFoundException:
        return {}


def _managed_policy(stack: ProvisionedStack, arn: str) -> Mapping[str, Any]:
    """The document of a managed policy: the stack's own, or one of AWS's."""
    for resource in stack.resources.values():
        if resource.type == "AWS::IAM::ManagedPolicy" and stack.ids[resource.logical_id] == arn:
            document: Mapping[str, Any] = resource.properties["PolicyDocument"]
            return document
    return managed_policies.document_of(arn)


def confined(role: Role, start: Callable[[], Started]) -> Started:
    """Call `start`; the clients that it makes from boto3's default session can do only what the role allows.

    The default session is the same before and after.
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
            missing = ", ".join(f"{action} on {arn}" for action, arn in refused)
            message = f"{role.name} does not allow {missing}"
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name)

    return refuse
