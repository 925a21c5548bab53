"""AWS's own managed policies, such as AWSLambdaBasicExecutionRole: their documents come with moto."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from infra.local.stack.attributes import ACCOUNT
from ingest.errors import OccupancyError

AWS_OWNED = "arn:aws:iam::aws:policy"


class UnknownManagedPolicy(OccupancyError):
    """A managed policy that neither the stack nor AWS, as moto knows it, has."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"the local cloud has no managed policy {arn}: define it in the template")


def document_of(arn: str) -> Mapping[str, Any]:
    """The document of one of AWS's own managed policies. Raises UnknownManagedPolicy."""
    document: Mapping[str, Any] = _data(arn)["Document"]
    return document


def make_attachable(arn: str, region: str) -> None:
    """Put one of AWS's own managed policies into moto's IAM, which starts without them.

    Does nothing for a policy of the account. Raises UnknownManagedPolicy.
    """
    policies = iam_backends[ACCOUNT]["aws"].managed_policies
    if arn.startswith(AWS_OWNED) and arn not in policies:
        name = arn.rpartition("/")[2]
        policies[arn] = AWSManagedPolicy.from_data(name, ACCOUNT, region, dict(_data(arn)))


def _data(arn: str) -> Mapping[str, Any]:
    found = _all().get(arn.rpartition("/")[2])
    if found is None or f"{AWS_OWNED}{found['Path']}" != arn[: arn.rfind("/") + 1]:
        raise UnknownManagedPolicy(arn)
    return found


@cache
def _all() -> Mapping[str, Mapping[str, Any]]:
    """By name: 1,500 policies, read once and only if a stack uses any."""
    policies: Mapping[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return policies
