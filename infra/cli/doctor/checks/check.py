"""The checks, side by side: one that cannot run says so, and stops no other."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.cli.aws.failures import aws_failure
from infra.cli.aws.stack import StackIncomplete
from infra.cli.doctor.checks.clients import SIDE_BY_SIDE
from infra.cli.doctor.checks.findings import Finding, Group, unknown
from infra.cli.doctor.checks.operator_actions import ACTIONS
from ingest.aws.failures import DENIED, code_of
from ingest.errors import OccupancyError
from ingest.kvs.endpoints import StreamUnavailable


@dataclass(frozen=True)
class Check:
    """`run` looks at `what`, a part of the group."""

    group: str
    what: str
    run: Callable[[], Iterable[Finding]]


def run_all(checks: Iterable[Check], tick: Callable[[], None]) -> Iterator[Group]:
    """The findings of all, in the order of the checks; `tick` is called as each has ended."""
    checks = list(checks)

    def run(check: Check) -> list[Finding]:
        found = list(findings(check))
        tick()
        return found

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        done = list(zip(checks, threads.map(run, checks), strict=True))
    for name, group in groupby(done, key=lambda one: one[0].group):
        yield Group(name, tuple(finding for _, found in group for finding in found))


def findings(check: Check) -> Iterator[Finding]:
    """What a check finds, until something keeps it from looking on."""
    try:
        yield from check.run()
    except StackIncomplete:
        yield unknown(
            f"{check.what} could not be checked: the stack lacks an output", "put the stack right first"
        )
    except (ClientError, StreamUnavailable) as error:
        yield refused(check.what, error)
    except (BotoCoreError, ResponseParserError) as error:
        yield unknown(f"{check.what} could not be checked: {aws_failure(error)}", "try again")
    except OccupancyError as error:
        yield unknown(f"{check.what} could not be checked: {error}", "put that right, and try again")


def refused(what: str, error: ClientError | StreamUnavailable) -> Finding:
    """A call that AWS refused; where these credentials lack a right, the action is named."""
    code, operation = (
        (error.code, error.operation)
        if isinstance(error, StreamUnavailable)
        else (code_of(error), error.operation_name)
    )
    if operation and code in DENIED:
        action = ACTIONS.get(operation, operation)
        return unknown(
            f"{what} could not be checked: these credentials may not {action}",
            f"allow whoever runs doctor {action}, see docs/doctor.md",
        )
    sentence = aws_failure(error) if isinstance(error, ClientError) else error
    return unknown(f"{what} could not be checked: {sentence}", "put that right, and try again")
