"""Checks whether the stack and the account suffice for the cameras of the registry, with headroom."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from infra.capacity.comparison import Severity, StackLimits, demand_text, shortages
from infra.capacity.demand import Demand, demand
from infra.cli.aws.quotas import concurrent_executions, detect_labels_quota
from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.check import read
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, warning, wrong
from infra.cli.doctor.deployment.registry import RegistryContents


def check_capacity(
    clients: DoctorClients, deployed: DeployedStack, contents: RegistryContents | Finding, now: datetime
) -> Iterator[Finding]:
    """The cameras' demand against the stack's parameters and the account's quotas."""
    if isinstance(contents, Finding):
        return  # that the registry cannot be read is a finding of its own
    quota = read("the account's quota for DetectLabels", partial(detect_labels_quota, clients.service_quotas))
    if isinstance(quota, Finding):
        yield quota
    # check_concurrency reports it if this cannot be read.
    executions = read("the account's invocations", partial(concurrent_executions, clients.lambda_))
    needed = demand((item.camera for item in contents.cameras), now)
    yield from judge_capacity(
        needed,
        StackLimits.of(
            deployed.parameters,
            None if isinstance(quota, Finding) else quota,
            None if isinstance(executions, Finding) else executions,
        ),
    )


def judge_capacity(needed: Demand, limits: StackLimits) -> Iterator[Finding]:
    """What does not suffice, or one finding that all does."""
    found = shortages(needed, limits)
    for shortage in found:
        judge = wrong if shortage.severity is Severity.LOSES else warning
        yield judge(shortage.what, shortage.do)
    if not found:
        yield ok(f"{demand_text(needed)}, and the stack counts up to {_counted(limits)}")


def _counted(limits: StackLimits) -> str:
    rate, quota = limits.detect_labels_per_second, limits.detect_labels_quota
    if quota is None:
        return f"{rate:g} images a second"
    if quota >= rate:
        return f"{rate:g} images a second; the account's quota is {quota:g}"
    return (
        f"{quota:g} images a second, the account's quota; DetectLabelsPerSecond is {rate:g}, so Rekognition"
        " throttles while waiting frames are counted, and the counter tries again"
    )
