"""Checks with SimulatePrincipalPolicy whether the roles allow what the functions do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infra.cli.aws.stack import DeployedStack, StackIncomplete
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from infra.iam.actions import Permission
from infra.iam.functions import RESOURCE_TAG, STREAM_TAG, StackFunction, permissions

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef


def check_role(clients: DoctorClients, deployed: DeployedStack, function: StackFunction) -> Iterator[Finding]:
    """The role of a function."""
    name = deployed.output(function.output)
    configuration = clients.lambda_.get_function_configuration(FunctionName=name)
    role = configuration["Role"]
    try:
        wanted = permissions(
            function, deployed.outputs, deployed.place, _log_group(configuration, deployed, function)
        )
    except KeyError as error:
        raise StackIncomplete(deployed.name, deployed.status, error.args[0]) from error
    refused = denied(clients.iam, role, wanted, {f"{RESOURCE_TAG}{STREAM_TAG}": deployed.name})
    yield from judge(function, role.rpartition("/")[2], refused, len(wanted))


def judge(function: StackFunction, role: str, refused: Sequence[Permission], asked: int) -> Iterator[Finding]:
    """One finding for each missing permission."""
    for action, resource in refused:
        yield wrong(
            f"{function}Function may not {action} on {resource}: its role {role} does not allow it",
            f"undo the changes to the role, or {DEPLOY_AGAIN}",
        )
    if not refused:
        yield ok(f"role {role} allows {function}Function all {asked} permissions that it needs")


def denied(
    iam: "IAMClient", role_arn: str, wanted: Sequence[Permission], context: Mapping[str, str]
) -> list[Permission]:
    """The permissions that IAM would deny the role; one call for each resource.

    `context`: the condition keys of the simulated requests, such as the tag of a camera's stream.
    """
    entries: list[ContextEntryTypeDef] = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in context.items()
    ]
    actions: defaultdict[str, list[str]] = defaultdict(list)
    for action, resource in wanted:
        actions[resource].append(action)
    refused = []
    for resource, names in actions.items():
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role_arn, ActionNames=names, ResourceArns=[resource], ContextEntries=entries
        )
        results = (result for page in pages for result in page["EvaluationResults"])
        refused += [
            (result["EvalActionName"], resource) for result in results if result["EvalDecision"] != "allowed"
        ]
    return refused


def _log_group(configuration: Mapping[str, Any], deployed: DeployedStack, function: StackFunction) -> str:
    named = configuration.get("LoggingConfig", {}).get("LogGroup")
    return named or f"/aws/lambda/{deployed.name}-{function.lower()}"
