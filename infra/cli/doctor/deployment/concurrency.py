"""Checks whether the account lets the functions run at the same time: new accounts have 10 executions."""

from collections.abc import Iterator

from infra.capacity.comparison import CONCURRENCY_QUOTA, SCHEDULED
from infra.cli.aws.quotas import concurrent_executions
from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, warning
from infra.iam.functions import QUEUES, StackFunction

SMALLEST = 2
"""The smallest MaximumConcurrency of an SQS event source."""


def check_concurrency(clients: DoctorClients, deployed: DeployedStack) -> Iterator[Finding]:
    """The account's concurrent executions, against those that the functions may use together."""
    limit = concurrent_executions(clients.lambda_)
    polled = {}
    for function in QUEUES:
        name = deployed.output(function.output)
        mappings = clients.lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        scaling = [mapping.get("ScalingConfig", {}) for mapping in mappings]
        polled[function] = max((found.get("MaximumConcurrency", limit) for found in scaling), default=0)
    yield judge_concurrency(limit, polled[StackFunction.PULL], polled[StackFunction.COUNTER])


def judge_concurrency(limit: int, pull: int, counter: int) -> Finding:
    """`limit`: what the account has not reserved; `pull`, `counter`: the most of their invocations."""
    wanted = pull + counter + SCHEDULED
    if wanted <= limit:
        return ok(f"the account runs {limit} Lambda invocations at a time, and the stack at most {wanted}")
    what = (
        f"the account runs only {limit} Lambda invocations at a time, and the stack may want {wanted}: then"
        " Lambda throttles its functions, the schedule and the closing too"
    )
    left = limit - counter - SCHEDULED
    if left < SMALLEST:
        return warning(what, f"ask for more ({CONCURRENCY_QUOTA})")
    return warning(what, f"deploy with PullConcurrency={left}, or ask for more ({CONCURRENCY_QUOTA})")
