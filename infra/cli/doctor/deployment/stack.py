"""The stack: deployed to its end, by a template that is not older than this command."""

from collections.abc import Iterator

from infra.cli.aws.stack import OUTPUTS, Deployed
from infra.cli.doctor.checks.findings import Finding, ok, warning, wrong

DEPLOY_AGAIN = "deploy it again by `sam build && sam deploy`"
_STANDS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}


def judge(deployed: Deployed) -> Iterator[Finding]:
    """Its status, and its outputs."""
    status = deployed.status
    if status in _STANDS:
        yield ok(f"stack {deployed.name!r} stands ({status})")
    elif status.endswith("_IN_PROGRESS"):
        yield warning(
            f"stack {deployed.name!r} is just being changed ({status})", "look again when it is done"
        )
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield warning(
            f"the last deployment of stack {deployed.name!r} failed and was rolled back ({status}): it is as"
            " it was before",
            "the stack's events say why; then " + DEPLOY_AGAIN,
        )
    else:
        yield wrong(
            f"stack {deployed.name!r} is not whole ({status})", f"its events say why; then {DEPLOY_AGAIN}"
        )
    if missing := [name for name in OUTPUTS if name not in deployed.outputs]:
        yield wrong(
            f"stack {deployed.name!r} has no output {', '.join(missing)}: it was deployed by an older"
            " template, or is another application's",
            DEPLOY_AGAIN,
        )
