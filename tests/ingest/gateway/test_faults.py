"""What can go wrong between the gateway and KVS: over a hundred faults at random points, by fixed seeds."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.fault import Fault, FaultKind
from infra.local.kvs.service.limits import Limits
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.backoff import Timings
from ingest.gateway.uplink.delivery import WINDOW
from ingest.gateway.uplink.publisher import Publisher
from tests.ingest.gateway.conftest import Kvs, fragment, put, until_empty
from tests.ingest.gateway.fake_clock import CLOCK

HASTY = Timings(stale=0.5, idle=0.1, first_retry=0.02, longest_retry=0.1, poll=0.05)
FRAGMENT_BYTES = len(fragment(0).cluster())
API = "PutMedia"

HTTP_ERRORS = (
    "ResourceNotFoundException",
    "NotAuthorizedException",
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidArgumentException",
    "InvalidEndpointException",
    "ClientLimitExceededException",
    "ConnectionLimitExceededException",
    "InternalFailure",
    "ServiceUnavailable",
)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateway.uplink.publisher.FRAGMENTS_A_SECOND", 1000.0)


@pytest.fixture
def limits() -> Limits:
    # A half-open connection is one of the stream's for ever: the service does not see its end.
    return Limits(connections=100, poll_seconds=0.02, clock_skew_seconds=3600)


Draw = Callable[[random.Random], Iterator[Fault]]


def dropped(chance: random.Random) -> Iterator[Fault]:
    yield Fault(FaultKind.DROP, API)
    yield Fault(FaultKind.DROP, API, body_bytes=chance.randrange(1, 4 * FRAGMENT_BYTES))
    yield Fault(FaultKind.DROP, API, fragment=chance.randrange(1, 4))
    yield Fault(FaultKind.DROP, API, answer_bytes=chance.randrange(600))


def half_open(chance: random.Random) -> Iterator[Fault]:
    yield Fault(FaultKind.HALF_OPEN, API, body_bytes=chance.randrange(1, 4 * FRAGMENT_BYTES))
    yield Fault(FaultKind.HALF_OPEN, API, answer_bytes=chance.randrange(600), reads=chance.random() < 0.5)


def stalled(chance: random.Random) -> Iterator[Fault]:
    """Shorter than the silence that is borne, then longer."""
    yield Fault(FaultKind.STALL, API, seconds=0.2, fragment=chance.randrange(1, 4))
    yield Fault(FaultKind.STALL, API, seconds=1.0, body_bytes=chance.randrange(1, 4 * FRAGMENT_BYTES))


def error_acks(chance: random.Random) -> Iterator[Fault]:
    for error in IngestError:
        yield Fault(FaultKind.ERROR_ACK, API, error_id=int(error), fragment=chance.randrange(1, 4))


def withheld(chance: random.Random) -> Iterator[Fault]:
    yield Fault(FaultKind.WITHHOLD, API, acks=("PERSISTED",), fragment=chance.randrange(1, 4))
    yield Fault(FaultKind.WITHHOLD, API, times=3 * chance.randrange(1, 4))


def refused(chance: random.Random) -> Iterator[Fault]:
    for error in HTTP_ERRORS:
        yield Fault(FaultKind.ERROR, API, error=error, times=chance.randrange(1, 3))


def not_told_where(chance: random.Random) -> Iterator[Fault]:
    """The control plane fails when the endpoint is asked for again: behind a break."""
    yield Fault(FaultKind.ERROR, "GetDataEndpoint", error="ClientLimitExceededException")
    yield Fault(
        FaultKind.ERROR, "DescribeStream", error="NotAuthorizedException", times=chance.randrange(1, 3)
    )


CASES: list[tuple[Draw, int]] = [
    (dropped, 8), (half_open, 3), (stalled, 3), (error_acks, 2), (withheld, 4), (refused, 2),
    (not_told_where, 3),
]  # fmt: skip


def test_there_are_over_a_hundred() -> None:
    chance = random.Random(0)
    assert sum(len(list(draw(chance))) * rounds for draw, rounds in CASES) >= 100


@pytest.mark.parametrize(("draw", "rounds"), CASES, ids=[draw.__name__ for draw, _ in CASES])
def test_after_each_fault_all_is_in_kvs(kvs: Kvs, spool: Spool, draw: Draw, rounds: int) -> None:
    chance = random.Random(draw.__name__)
    places = count()

    async def strike(fault: Fault, publisher: Publisher) -> None:
        """Put fragments, on one connection after the other, until the fault has struck as often as it may."""
        kvs.server.faults.add(fault)
        if draw is not_told_where:
            kvs.server.faults.add(Fault(FaultKind.DROP, API))
        while kvs.server.faults.struck[fault] < (fault.times or 1):
            for _ in range(4):
                put(spool, fragment(next(places)))
            publisher.wake()
            await until_empty(spool)
            await asyncio.sleep(2 * HASTY.idle)  # the next fragment takes another connection
        kvs.server.faults.clear()

    async def run() -> tuple[int, int]:
        async with kvs.publisher(spool, HASTY) as publisher:
            for fault in (fault for _ in range(rounds) for fault in draw(chance)):
                async with asyncio.timeout(30):
                    await strike(fault, publisher)
            return publisher.delivery.sent_again, spool.dropped_count

    sent_again, given_up = asyncio.run(run())
    kept = Counter(kvs.places())
    assert given_up == 0
    assert set(kept) == set(range(next(places)))
    # KVS keeps twice what was stored there, but whose acknowledgement was lost on its way.
    assert kept.total() - len(kept) <= sent_again


def test_half_an_hour_without_kvs_is_made_good_for(kvs: Kvs, spool: Spool) -> None:
    """A fragment is still put every 4 s."""

    async def run() -> list[float]:
        away = Fault(FaultKind.ERROR, error="ServiceUnavailable", times=None)
        kvs.server.faults.add(away)
        made, attempts, seen, begun = 0, [], 0, CLOCK.monotonic()
        async with kvs.publisher(spool, Timings()) as publisher:
            while (elapsed := CLOCK.monotonic() - begun) < 1800:
                while made * 4 < elapsed:
                    put(spool, fragment(made))
                    made += 1
                publisher.wake()
                if (struck := kvs.server.faults.struck[away]) > seen:
                    seen = struck
                    attempts.append(elapsed)
                await asyncio.sleep(2)
            assert "ServiceUnavailable" in str(publisher.problem)
            kvs.server.faults.clear()
            await until_empty(spool, 120)
            assert publisher.problem is None
        assert kvs.places() == list(range(made))
        return attempts

    attempts = asyncio.run(run())
    assert 25 <= len(attempts) <= 400  # a minute at most between two attempts, and no storm of them


def test_a_gateway_that_is_killed_loses_nothing_that_it_had(kvs: Kvs, tmp_path: Path) -> None:
    chance = random.Random(7)
    first, kills = 0, 6
    command = [sys.executable, "-m", "tests.ingest.gateway.killed_gateway", str(tmp_path), kvs.server.url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(kills):
            print(first, file=process.stdin, flush=True)
            gateway = int(process.stdout.readline())
            last = first + chance.randrange(1, 40)
            while int(process.stdout.readline()) != last:
                pass
            os.kill(gateway, signal.SIGKILL)
            first = max([last, *map(int, iter(process.stdout.readline, "ended\n"))]) + 1
        process.stdin.close()

    async def rest() -> None:
        spool = Spool(tmp_path, Bounds(10_000_000))
        async with kvs.publisher(spool, HASTY):
            await until_empty(spool)

    asyncio.run(rest())
    kept = Counter(kvs.places())
    assert set(range(first)) <= set(kept)
    # Those whose PERSISTED came too late for the process that it was meant for.
    assert kept.total() - len(kept) <= kills * WINDOW
