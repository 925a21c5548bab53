"""The functions' roles: whether IAM would allow each what its function does (SimulatePrincipalPolicy)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infra.cli.aws.stack import Deployed, StackIncomplete
from infra.cli.doctor.checks.clients import Clients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from infra.iam.actions import Permission
from infra.iam.functions import StackFunction, permissions

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


def check_role(clients: Clients, deployed: Deployed, kind: StackFunction) -> Iterator[Finding]:
    """The role of one function."""
    name = deployed.output(kind.output)
    configuration = clients.lambda_.get_function_configuration(FunctionName=name)
    role = configuration["Role"]
    try:
        wanted = permissions(
            kind, deployed.outputs, deployed.place, _log_group(configuration, deployed, kind)
        )
    except KeyError as error:
        raise StackIncomplete(deployed.name, deployed.status, error.args[0]) from error
    yield from judge(kind, role.rpartition("/")[2], denied(clients.iam, role, wanted), len(wanted))


def judge(kind: StackFunction, role: str, refused: Sequence[Permission], asked: int) -> Iterator[Finding]:
    """One finding for each right that is missing."""
    for action, resource in refused:
        yield wrong(
            f"{kind}Function may not {action} on {resource}: its role {role} does not allow it",
            f"take back what was changed in the role, or {DEPLOY_AGAIN}",
        )
    if not refused:
        yield ok(f"role {role} allows {kind}Function all {asked} rights that it needs")


def denied(iam: "IAMClient", role_arn: str, wanted: Sequence[Permission]) -> list[Permission]:
    """Those of the needs that IAM would refuse the role; one call for each resource."""
    actions: defaultdict[str, list[str]] = defaultdict(list)
    for action, resource in wanted:
        actions[resource].append(action)
    refused = []
    for resource, names in actions.items():
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role_arn, ActionNames=names, ResourceArns=[resource]
        )
        results = (result for page in pages for result in page["EvaluationResults"])
        refused += [(one["EvalActionName"], resource) for one in results if one["EvalDecision"] != "allowed"]
    return refused


def _log_group(configuration: Mapping[str, Any], deployed: Deployed, kind: StackFunction) -> str:
    named = configuration.get("LoggingConfig", {}).get("LogGroup")
    return named or f"/aws/lambda/{deployed.name}-{kind.lower()}"
