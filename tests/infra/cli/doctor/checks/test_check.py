"""How a check runs, and what its errors become."""

from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from infra.cli.aws.stack import StackIncomplete
from infra.cli.doctor.checks.check import Check, findings, read, run_all
from infra.cli.doctor.checks.findings import Finding, Group, ok, unknown
from ingest.errors import OccupancyError
from ingest.kvs.endpoints import StreamUnavailable

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListObjectsV2")
BUSY = ClientError({"Error": {"Code": "Throttling", "Message": "slow down"}}, "Scan")
ERRORS: list[tuple[OccupancyError | ClientError | BotoCoreError, str, str]] = [
    (StackIncomplete("s", "CREATE_COMPLETE", "X"), "the stack lacks an output", "repair the stack first"),
    (DENIED, "these credentials may not s3:ListBucket", "allow s3:ListBucket to whoever runs doctor"),
    (StreamUnavailable("door", "AccessDeniedException", "no", "GetMedia"), "kinesisvideo:GetMedia", "allow"),
    (StreamUnavailable("door", "UPDATING", "it changes"), "cannot be read: it changes", "try again"),
    (BUSY, "AWS refused Scan (Throttling)", "solve that and try again"),
    (EndpointConnectionError(endpoint_url="http://x"), "http://x cannot be reached", "try again"),
    (OccupancyError("it is Monday"), "it is Monday", "solve that and try again"),
]


def failing(error: Exception) -> Callable[[], Iterator[Finding]]:
    def run() -> Iterator[Finding]:
        yield ok("so far so good")
        raise error

    return run


@pytest.mark.parametrize(("error", "what", "do"), ERRORS)
def test_a_check_that_fails_keeps_what_it_found_and_says_why(error: Exception, what: str, do: str) -> None:
    first, last = findings(Check("group", "the part", failing(error)))
    assert first == ok("so far so good")
    assert last.what.startswith("the part could not be checked: ")
    assert (what in last.what, do in last.do) == (True, True)


@pytest.mark.parametrize(("error", "what", "do"), ERRORS)
def test_what_cannot_be_read_is_a_finding(error: Exception, what: str, do: str) -> None:
    def get() -> int:
        raise error

    found = read("the part", get)
    assert isinstance(found, Finding)
    assert (what in found.what, do in found.do) == (True, True)


def test_what_can_be_read_is_its_value() -> None:
    assert read("the part", lambda: 3) == 3


def test_groups_keep_the_order_of_the_checks() -> None:
    ticks: list[None] = []
    checks = [
        Check("one", "a", lambda: [ok("a")]),
        Check("one", "b", failing(OccupancyError("broken"))),
        Check("two", "c", lambda: [ok("c"), ok("d")]),
    ]
    broken = unknown("b could not be checked: broken", "solve that and try again")
    assert list(run_all(checks, lambda: ticks.append(None))) == [
        Group("one", (ok("a"), ok("so far so good"), broken)),
        Group("two", (ok("c"), ok("d"))),
    ]
    assert len(ticks) == 3
