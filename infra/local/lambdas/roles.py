"""Least privilege, held locally: a function's boto3 calls are held against the role of the template.

moto does not enforce policies well enough, so a call is refused on its way out, by an event of botocore, as
IAM would refuse it. What AWS does in a role's name (polling a queue, writing logs) is no call of the
function's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.exceptions import ClientError

from infra.iam.actions import ApiCall, Params, Permission, Place
from infra.local.aws.policy_simulator import matches
from infra.local.lambdas.functions import Function
from infra.local.stack.attributes import ACCOUNT
from infra.local.stack.provision import ProvisionedStack

if TYPE_CHECKING:
    from botocore.model import OperationModel

Started = TypeVar("Started")


@dataclass(frozen=True)
class Role:
    """What a role's own policies allow: pairs of patterns for an action and an ARN."""

    name: str
    region: str
    allowed: frozenset[Permission]

    def allows(self, need: Permission) -> bool:
        """Whether one of the statements covers it."""
        return any(all(map(matches, need, statement)) for statement in self.allowed)

    def refused(self, service: str, operation: str, params: Params) -> list[Permission]:
        """What a call needs and the role does not give. `service` is botocore's service id, hyphenated."""
        needs = ApiCall(service, operation, params).permissions(Place(self.region, ACCOUNT))
        return [need for need in needs if not self.allows(need)]


def role_of(stack: ProvisionedStack, function: Function) -> Role:
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


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
