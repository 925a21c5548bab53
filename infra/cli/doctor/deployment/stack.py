"""Judges the stack: whether it is deployed completely, from a template of this version."""

from collections.abc import Iterator

from infra.cli.aws.regions import REKOGNITION, region_problem
from infra.cli.aws.stack import OUTPUTS, DeployedStack
from infra.cli.doctor.checks.findings import Finding, ok, warning, wrong

DEPLOY_AGAIN = "deploy it again with `sam build && sam deploy`"
_COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}


def judge(deployed: DeployedStack) -> Iterator[Finding]:
    """The region, the status and the outputs of the stack."""
    region = deployed.place.region
    if problem := region_problem(region):
        yield warning(*problem) if region in REKOGNITION else wrong(*problem)
    status = deployed.status
    if status in _COMPLETE:
        yield ok(f"stack {deployed.name!r} is deployed ({status})")
    elif status.endswith("_IN_PROGRESS"):
        yield warning(
            f"stack {deployed.name!r} is being changed now ({status})", "run doctor again when it is done"
        )
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield warning(
            f"the last deployment of stack {deployed.name!r} failed and was rolled back ({status}): the"
            " previous version is running",
            f"see the events of the stack for the cause, then {DEPLOY_AGAIN}",
        )
    else:
        yield wrong(
            f"stack {deployed.name!r} is incomplete ({status})",
            f"see the events of the stack for the cause, then {DEPLOY_AGAIN}",
        )
    if missing := [name for name in OUTPUTS if name not in deployed.outputs]:
        yield wrong(
            f"stack {deployed.name!r} has no output {', '.join(missing)}: it was deployed from an older"
            " template or is another application",
            DEPLOY_AGAIN,
        )
