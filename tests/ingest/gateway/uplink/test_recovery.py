"""An uplink that breaks and recovers: when the gateway notices, and which publishers retry."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.kvs.service.fault import Fault, FaultKind
from infra.local.kvs.service.limits import Limits
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.backoff import Recovery
from ingest.gateway.timing.clock import Clock
from ingest.gateway.uplink.delivery import WINDOW
from ingest.kvs.put_media import put_media
from tests.ingest.gateway.conftest import QUICK, Kvs, fragment, put, until_empty
from tests.ingest.gateway.fake_clock import CLOCK

LONG = 3600.0


@pytest.fixture
def limits() -> Limits:
    return Limits(connections=100, poll_seconds=0.02)


def test_a_silence_is_counted_from_the_last_acknowledgement(
    kvs: Kvs, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket accepts further fragments, which does not count as progress."""
    kvs.server.faults.add(Fault(FaultKind.WITHHOLD, "PutMedia", times=None))

    async def run() -> int:
        async with kvs.publisher(spool, replace(QUICK, stale=1.0, poll=0.05)) as publisher:
            made = 0
            while publisher.problem is None:
                put(spool, fragment(made))
                made += 1
                publisher.wake()
                await asyncio.sleep(0.5)  # as a camera makes them
            assert "KVS has acknowledged nothing for 1 s" in publisher.problem
            kvs.server.faults.clear()
            await until_empty(spool)
            return made

    assert asyncio.run(run()) < WINDOW


def test_a_large_fragment_on_a_slow_uplink_is_no_silence(
    kvs: Kvs, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KVS acknowledges nothing between its beginning and its end."""
    piece = len(fragment(0).cluster()) // 12
    monkeypatch.setattr("ingest.gateway.uplink.put_media_session.PIECE", piece)

    async def slow(body: AsyncIterable[bytes | memoryview]) -> AsyncIterator[bytes | memoryview]:
        async for data in body:
            yield data
            await asyncio.sleep(0.2)

    monkeypatch.setattr(
        "ingest.gateway.uplink.put_media_session.put_media",
        lambda session, target, body: put_media(session, target, slow(body)),
    )

    async def run() -> int:
        put(spool, fragment(0))
        async with kvs.publisher(spool, replace(QUICK, stale=1.0, poll=0.05)) as publisher:
            await until_empty(spool)
            return publisher.connections

    assert asyncio.run(run()) == 1


def test_the_first_that_gets_through_wakes_the_rest(kvs: Kvs, spool: Spool, tmp_path: Path) -> None:
    """Their own waits never end."""
    kvs.control.create_stream(StreamName="till", DataRetentionInHours=24)
    other = Spool(tmp_path / "other", Bounds(10_000_000))
    kvs.server.faults.add(Fault(FaultKind.ERROR, "PutMedia", error="ServiceUnavailable", times=None))
    retries: list[asyncio.Event] = []

    async def sleep(seconds: float) -> None:
        if seconds >= 1:  # a retry; otherwise the rate
            retries.append(asyncio.Event())
            await retries[-1].wait()

    async def run() -> None:
        put(spool, fragment(0))
        put(other, fragment(1))
        spools, clock = {"door": spool, "till": other}, Clock(CLOCK.monotonic, sleep)
        timings = replace(QUICK, first_retry=LONG, longest_retry=LONG)
        async with kvs.publishers(spools, timings, clock) as both:
            while not all(publisher.problem for publisher in both):
                await asyncio.sleep(0.02)
            kvs.server.faults.clear()
            retries[0].set()
            await until_empty(spool)
            await until_empty(other)
            assert [publisher.problem for publisher in both] == [None, None]

    asyncio.run(run())


def test_nobody_is_woken_for_what_happened_before() -> None:
    async def run() -> bool:
        recovery = Recovery()
        recovery.happened()
        waiting = asyncio.ensure_future(recovery.wait(CLOCK, LONG))
        await asyncio.sleep(0.05)
        still = not waiting.done()
        recovery.happened()
        await waiting
        return still

    assert asyncio.run(run())
