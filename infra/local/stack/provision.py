"""Provisions the template's stack: by moto's CloudFormation, then by our own calls for what it ignores."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal
from zipfile import ZipFile

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.local.stack import coverage, provision_calls
from infra.local.stack.attributes import attributes, pseudo_parameters
from infra.local.stack.intrinsics import Scope
from infra.local.stack.resources import ProvisionedStack
from infra.local.stack.template import STUB, Template, resolve
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class StackFailed(OccupancyError):
    """CloudFormation could not make or update the stack, or the template refuses a parameter or region."""


def provision(
    session: boto3.Session, template: Template, name: str, parameters: Mapping[str, str] | None = None
) -> ProvisionedStack:
    """Create the stack, with everything that the template says.

    Raises UncoveredProperty for what would be ignored, UnknownIntrinsic, UnknownManagedPolicy, StackFailed.
    """
    return _deploy(session, template, name, parameters or {}, "create")


def update(
    session: boto3.Session,
    stack: ProvisionedStack,
    template: Template,
    parameters: Mapping[str, str] | None = None,
) -> ProvisionedStack:
    """Change a stack in place into what another template says. Raises as `provision` does.

    moto replaces a bucket whose name changes, and otherwise nothing: tests/upgrade/replacement.py says which
    changes would replace a resource on AWS. moto cannot change the key or the indexes of a table.
    """
    return _deploy(session, template, stack.name, parameters or {}, "update")


def _deploy(
    session: boto3.Session,
    template: Template,
    name: str,
    parameters: Mapping[str, str],
    action: Literal["create", "update"],
) -> ProvisionedStack:
    given = template.defaults() | dict(parameters)
    if broken := template.broken_constraints(given):
        raise StackFailed(f"stack {name!r} cannot be {action}d: {' '.join(broken)}")
    before = _scope(template, given, name, session.region_name, {})
    if broken := template.broken_rules(before):
        raise StackFailed(f"stack {name!r} cannot be {action}d: {' '.join(broken)}")
    coverage.check(
        resource
        for resource in template.resources.values()
        if resource.condition is None or before.holds(resource.condition)
    )
    cloudformation = session.client("cloudformation")
    body = template.with_conditions_resolved(before, coverage.NOT_FOR_CLOUDFORMATION)
    deploy: Callable[..., object] = cloudformation.create_stack
    if action == "update":
        deploy = cloudformation.update_stack
        _encode_code(body)
    try:
        deploy(
            StackName=name,
            TemplateBody=json.dumps(body),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        # moto answers as the service that refused a resource, which botocore may be unable to parse.
        raise StackFailed(f"stack {name!r} cannot be {action}d: {error}") from error
    ids = _physical_ids(cloudformation, name)
    resources = resolve(template.resources, _scope(template, given, name, session.region_name, ids))
    provision_calls.apply(session, resources, ids)
    return ProvisionedStack(name, session.region_name, _outputs(cloudformation, name), resources, ids)


def _encode_code(body: dict[str, Any]) -> None:
    """Give the functions' code as a ZIP file: in an update, moto takes no text."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("index.py", STUB)
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            code = {"ZipFile": b64encode(file.getvalue()).decode()}
            resource["Properties"] = resource["Properties"] | {"Code": code}


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
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise StackFailed(f"stack {name!r} is {stack['StackStatus']}: {stack.get('StackStatusReason', '')}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
