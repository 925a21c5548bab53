"""Provisions the template's stack: by moto's CloudFormation, then by our own calls for what it ignores."""

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.local.stack import coverage, provision_calls
from infra.local.stack.attributes import attributes, pseudo_parameters
from infra.local.stack.intrinsics import Scope
from infra.local.stack.resources import ProvisionedStack
from infra.local.stack.template import Template, resolve
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class StackFailed(OccupancyError):
    """CloudFormation could not create the stack, or the template refuses a parameter or the region."""


def provision(
    session: boto3.Session, template: Template, name: str, parameters: Mapping[str, str] | None = None
) -> ProvisionedStack:
    """Create the stack, with everything that the template says.

    Raises UncoveredProperty for what would be ignored, UnknownIntrinsic, UnknownManagedPolicy, StackFailed.
    """
    given = template.defaults() | dict(parameters or {})
    if broken := template.broken_constraints(given):
        raise StackFailed(f"stack {name!r} cannot be created: {' '.join(broken)}")
    before = _scope(template, given, name, session.region_name, {})
    if broken := template.broken_rules(before):
        raise StackFailed(f"stack {name!r} cannot be created: {' '.join(broken)}")
    coverage.check(
        resource
        for resource in template.resources.values()
        if resource.condition is None or before.holds(resource.condition)
    )
    cloudformation = session.client("cloudformation")
    body = json.dumps(template.with_conditions_resolved(before, coverage.NOT_FOR_CLOUDFORMATION))
    try:
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=body,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        # moto answers as the service that refused a resource, which botocore may be unable to parse.
        raise StackFailed(f"stack {name!r} cannot be created: {error}") from error
    ids = _physical_ids(cloudformation, name)
    resources = resolve(template.resources, _scope(template, given, name, session.region_name, ids))
    provision_calls.apply(session, resources, ids)
    return ProvisionedStack(name, session.region_name, _outputs(cloudformation, name), resources, ids)


def _scope(
    template: Template, given: Mapping[str, str], name: str, region: str, ids: Mapping[str, str]
) -> Scope:
    types = {logical_id: resource.type for logical_id, resource in template.resources.items()}
    references = {**given, **pseudo_parameters(name, region), **ids}
    return Scope(references, partial(attributes, types, ids, region), template.conditions, template.mappings)


def _physical_ids(cloudformation: "CloudFormationClient", name: str) -> dict[str, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
    }


def _outputs(cloudformation: "CloudFormationClient", name: str) -> dict[str, str]:
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise StackFailed(f"stack {name!r} is {stack['StackStatus']}: {stack.get('StackStatusReason', '')}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
