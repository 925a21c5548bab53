import asyncio
from pathlib import Path

import pytest

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.backoff import Timings
from ingest.gateway.timing.clock import Clock
from ingest.kvs.video import Track
from tests.ingest.gateway.conftest import (
    KEYS,
    QUICK,
    SESSION,
    TRACK,
    Kvs,
    create_stream,
    fragment,
    put,
    until_empty,
)


def test_what_waits_is_delivered_then_what_comes(kvs: Kvs, spool: Spool) -> None:
    async def run() -> int:
        for place in range(3):
            put(spool, fragment(place))
        async with kvs.publisher(spool) as publisher:
            await until_empty(spool)
            put(spool, fragment(3))
            publisher.wake()
            await until_empty(spool)
            assert publisher.problem is None
            return publisher.connections

    assert asyncio.run(run()) == 1
    assert kvs.places() == [0, 1, 2, 3]


def test_stopped_it_ends_with_what_waits(kvs: Kvs, spool: Spool) -> None:
    async def run() -> None:
        for place in range(5):
            put(spool, fragment(place))
        async with kvs.publisher(spool) as publisher, asyncio.timeout(30):
            publisher.stop()
            await until_empty(spool)
            await publisher.run()

    asyncio.run(run())
    assert kvs.places() == [0, 1, 2, 3, 4]


def test_another_track_is_another_connection(kvs: Kvs, spool: Spool) -> None:
    other = Track(1, "V_MPEG4/ISO/AVC", b"\x01\x42", 1280, 720)

    async def run() -> int:
        for place in range(6):
            put(spool, fragment(place, other if place in (2, 3) else TRACK))
        async with kvs.publisher(spool) as publisher:
            await until_empty(spool)
            return publisher.connections

    assert asyncio.run(run()) == 3
    assert kvs.places() == [0, 1, 2, 3, 4, 5]


def test_a_time_that_goes_back_is_another_connection(kvs: Kvs, spool: Spool) -> None:
    async def run() -> tuple[int, int]:
        for place in (5, 6, 2, 3):
            put(spool, fragment(place))
        async with kvs.publisher(spool) as publisher:
            await until_empty(spool)
            return publisher.connections, publisher.delivery.sent_again

    assert asyncio.run(run()) == (2, 0)
    assert kvs.places() == [2, 3, 5, 6]


def test_renewed_before_its_time_nothing_is_sent_twice(kvs: Kvs, spool: Spool) -> None:
    async def run() -> tuple[int, int]:
        async with kvs.publisher(spool, Timings(renew=0.3)) as publisher:
            for place in range(12):
                put(spool, fragment(place))
                publisher.wake()
                await asyncio.sleep(0.1)
            await until_empty(spool)
            return publisher.connections, publisher.delivery.sent_again

    connections, sent_again = asyncio.run(run())
    assert connections >= 3
    assert sent_again == 0
    assert kvs.places() == list(range(12))


def test_where_nothing_comes_the_connection_is_closed_before_kvs_does(kvs: Kvs, spool: Spool) -> None:
    async def run() -> int:
        async with kvs.publisher(spool, Timings(idle=0.2)) as publisher:
            for place in range(2):
                put(spool, fragment(place))
                publisher.wake()
                await until_empty(spool)
                await asyncio.sleep(2.5)
            return publisher.connections

    assert asyncio.run(run()) == 2
    assert kvs.places() == [0, 1]


def test_an_outage_is_made_good_for(spool: Spool) -> None:
    """The service stops, restarts at the same address, and gets all fragments."""

    async def run() -> str | None:
        first = KvsServer(KEYS)
        first.start()
        port = int(first.url.rpartition(":")[2])
        kvs = Kvs(first, SESSION)
        create_stream(kvs)
        first.stop()
        async with kvs.publisher(spool) as publisher:
            for place in range(3):
                put(spool, fragment(place))
                publisher.wake()
            await asyncio.sleep(0.5)
            problem = publisher.problem
            with KvsServer(KEYS, port=port) as second:
                kvs = Kvs(second, SESSION)
                await asyncio.to_thread(create_stream, kvs)
                await until_empty(spool)
                assert publisher.problem is None
                assert await asyncio.to_thread(kvs.places) == [0, 1, 2]
            return problem

    problem = asyncio.run(run())
    assert problem is not None
    assert problem.startswith("stream 'door': no answer from 127.0.0.1 (EndpointConnectionError)")
    assert "/getDataEndpoint" not in problem
    assert problem.endswith(": check the uplink; new data waits in the spool")


@pytest.mark.parametrize("limits", [Limits(connection_seconds=0.5, poll_seconds=0.05)])
def test_kvs_ends_a_connection_for_its_age(kvs: Kvs, spool: Spool) -> None:
    async def run() -> tuple[int, int]:
        async with kvs.publisher(spool) as publisher:
            for place in range(15):
                put(spool, fragment(place))
                publisher.wake()
                await asyncio.sleep(0.1)
            await until_empty(spool)
            return publisher.connections, spool.dropped_count

    connections, dropped = asyncio.run(run())
    assert connections >= 3
    assert dropped == 0
    assert sorted(set(kvs.places())) == list(range(15))


def test_a_stream_that_is_deleted_under_it_is_named_and_nothing_is_given_up(kvs: Kvs, spool: Spool) -> None:
    async def run() -> list[str | None]:
        control = kvs.control
        arn = control.describe_stream(StreamName="door")["StreamInfo"]["StreamARN"]
        problems: list[str | None] = []
        async with kvs.publisher(spool) as publisher:
            put(spool, fragment(0))
            publisher.wake()
            await until_empty(spool)
            await asyncio.to_thread(control.delete_stream, StreamARN=arn)
            put(spool, fragment(1))
            publisher.wake()
            await asyncio.sleep(1.5)
            problems.append(publisher.problem)
            await asyncio.to_thread(create_stream, kvs)
            await until_empty(spool)
            problems.append(publisher.problem)
        return problems

    missing, cured = asyncio.run(run())
    assert missing is not None
    assert "stream 'door'" in missing
    assert "ResourceNotFound" in missing or "STREAM_NOT_ACTIVE" in missing
    assert cured is None
    assert kvs.places() == [1]


def test_a_stream_without_retention(kvs: Kvs, spool: Spool) -> None:
    kvs.control.create_stream(StreamName="buffer", DataRetentionInHours=0)

    async def run() -> None:
        put(spool, fragment(0))
        async with kvs.publisher(spool, stream_name="buffer"):
            await until_empty(spool)

    asyncio.run(run())


def test_what_a_power_loss_damaged_does_not_stop_the_rest(kvs: Kvs, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Bounds(10_000_000))
    for place in range(4):
        put(spool, fragment(place))
    names = sorted(path.name for path in (tmp_path / "spool").iterdir())
    (tmp_path / "spool" / names[1]).write_bytes(b"")
    (tmp_path / "spool" / names[2]).write_bytes(b"\0" * 500)

    async def run() -> None:
        async with kvs.publisher(spool):
            await until_empty(spool)

    asyncio.run(run())
    assert kvs.places() == [0, 3]
    assert [(dropped.reason, dropped.count) for dropped in spool.take_dropped()] == [("damaged", 2)]


def test_a_backlog_goes_out_at_a_bounded_rate(kvs: Kvs, spool: Spool) -> None:
    """KVS takes 5 fragments a second of a stream: a clock that only counts shows the waits."""
    waits: list[float] = []

    async def counting(seconds: float) -> None:
        waits.append(seconds)

    async def run() -> None:
        for place in range(9):
            put(spool, fragment(place))
        async with kvs.publisher(spool, QUICK, Clock(lambda: 100.0, counting)):
            await until_empty(spool)

    asyncio.run(run())
    assert kvs.places() == list(range(9))
    assert waits == pytest.approx([0.25 * number for number in range(1, 9)])
