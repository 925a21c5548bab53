"""Runs checks in parallel; a check that fails reports why and does not stop the others."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.cli.aws.failures import aws_failure
from infra.cli.aws.stack import StackIncomplete
from infra.cli.doctor.checks.clients import PARALLEL
from infra.cli.doctor.checks.findings import Finding, Group, unknown
from infra.cli.doctor.checks.operator_actions import ACTIONS
from ingest.aws.failures import DENIED, code_of
from ingest.errors import OccupancyError
from ingest.kvs.endpoints import StreamUnavailable

Value = TypeVar("Value")


@dataclass(frozen=True)
class Check:
    """A check of `what`, a part of the group; `run` returns its findings."""

    group: str
    what: str
    run: Callable[[], Iterable[Finding]]


def run_all(checks: Iterable[Check], tick: Callable[[], None]) -> Iterator[Group]:
    """The findings of all checks, in their order; calls `tick` after each check."""
    checks = list(checks)

    def run(check: Check) -> list[Finding]:
        found = list(findings(check))
        tick()
        return found

    with ThreadPoolExecutor(PARALLEL) as threads:
        results = list(zip(checks, threads.map(run, checks), strict=True))
    for name, group in groupby(results, key=lambda result: result[0].group):
        yield Group(name, tuple(finding for _, found in group for finding in found))


def findings(check: Check) -> Iterator[Finding]:
    """The findings of a check; if it fails, the last one says why."""
    try:
        yield from check.run()
    except (OccupancyError, ClientError, BotoCoreError, ResponseParserError) as error:
        yield _not_checked(check.what, error)


def read(what: str, get: Callable[[], Value]) -> Value | Finding:
    """What `get` returns, or the finding that `what` could not be checked."""
    try:
        return get()
    except (OccupancyError, ClientError, BotoCoreError, ResponseParserError) as error:
        return _not_checked(what, error)


def _not_checked(
    what: str, error: OccupancyError | ClientError | BotoCoreError | ResponseParserError
) -> Finding:
    if isinstance(error, StackIncomplete):
        return unknown(f"{what} could not be checked: the stack lacks an output", "repair the stack first")
    if isinstance(error, ClientError | StreamUnavailable):
        return refused(what, error)
    if isinstance(error, OccupancyError):
        return unknown(f"{what} could not be checked: {error}", "solve that and try again")
    return unknown(f"{what} could not be checked: {aws_failure(error)}", "try again")


def refused(what: str, error: ClientError | StreamUnavailable) -> Finding:
    """The finding for a call that AWS refused; names the IAM action that these credentials lack."""
    code, operation = (
        (error.code, error.operation)
        if isinstance(error, StreamUnavailable)
        else (code_of(error), error.operation_name)
    )
    if operation and code in DENIED:
        action = ACTIONS.get(operation, operation)
        return unknown(
            f"{what} could not be checked: these credentials may not {action}",
            f"allow {action} to whoever runs doctor, see docs/doctor.md",
        )
    sentence = aws_failure(error) if isinstance(error, ClientError) else error
    return unknown(f"{what} could not be checked: {sentence}", "solve that and try again")
