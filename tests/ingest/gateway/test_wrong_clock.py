"""A box without a clock battery, and without network at its start: what it reads gets AWS's time later."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.frames.bucket import FrameBucket
from ingest.frames.inspection import Inspection
from ingest.frames.keys import FrameKey
from ingest.gateway import push_camera
from ingest.gateway.supervisor import Gateway
from ingest.gateway.uplink.destination import Destination, Place
from ingest.registry.camera import Source
from tests.awaiting import await_that
from tests.ingest.gateway.fake_clock import CLOCK
from tests.ingest.gateway.http_camera import http_camera
from tests.ingest.gateway.shop import EVERY_SECOND, Shop, running, shop, until
from tests.ingest.gateway.videos import Made, write

__all__ = ["shop"]  # a fixture


class Network:
    """Away until `there` is set; then AWS answers with its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.port = 0
        self.there = False
        place, put = Destination.place, FrameBucket.put

        async def placed(destination: Destination, stream_name: str) -> Place:
            if not self.there:
                raise OSError("the network is away")
            return await place(destination, stream_name)

        def stored(
            bucket: FrameBucket, key: FrameKey, jpeg: bytes, inspection: Inspection | None = None
        ) -> None:
            if not self.there:
                raise OSError("the network is away")
            put(bucket, key, jpeg, inspection)

        monkeypatch.setattr(Destination, "place", placed)
        monkeypatch.setattr(FrameBucket, "put", stored)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            if self.there:
                date = formatdate(usegmt=True)
                writer.write(f"HTTP/1.1 403 Forbidden\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield


def on(network: Network, shop: Shop) -> Gateway:
    gateway = shop.gateway()
    gateway._dependencies = replace(gateway._dependencies, clock_url=f"http://127.0.0.1:{network.port}/")
    return gateway


@pytest.mark.parametrize("off", [-86_400, 86_400])
def test_what_was_read_by_a_wrong_clock_arrives_with_its_true_time(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, off: int
) -> None:
    shop.clock = replace(CLOCK, time=lambda: CLOCK.time() + off)
    video = tmp_path / "v.mp4"
    write(video, Made(frames=100, gop=25))
    shop.add("door", str(video), stream_name="door")
    caplog.set_level(logging.INFO)
    begun_ms = time.time() * 1000

    async def run() -> None:
        network = Network(monkeypatch)
        async with http_camera() as (_, port), network.serving():
            url = f"http://127.0.0.1:{port}/snapshot.jpg"
            shop.add("till", url, source=Source.PUSH, sampling=EVERY_SECOND)
            gateway = on(network, shop)
            async with running(gateway):
                await until(gateway, "door['spool_count'] >= 3 and till['spool_count'] >= 2")
                network.there = True
                await until(gateway, "door['delivered'] >= 8 and till['delivered'] >= 2")

    asyncio.run(run())
    times = [time_ms for time_ms, *_ in shop.kvs.blocks()]
    assert begun_ms - 2_000 < min(times)
    assert max(times) < time.time() * 1000 + 2_000
    assert {after - before for before, after in pairwise(times)} == {40}
    instants = [key.instant.timestamp() * 1000 for key in shop.frames()]
    assert begun_ms - 2_000 < min(instants)
    assert max(instants) < time.time() * 1000 + 2_000
    assert (
        f"this box is {abs(off)}" in caplog.text.replace(".0 s", "").replace(".5 s", "")
        or "AWS" in caplog.text
    )
    assert "given up" in caplog.text
    assert "taken while the box's clock was wrong" in caplog.text


@pytest.mark.parametrize("off", [-86_400, 86_400])
def test_a_picture_that_is_read_while_the_clock_is_corrected_is_given_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    monkeypatch.setattr("ingest.gateway.supervisor.UNCHECKED_EVERY", 0.1)
    shop.clock = replace(CLOCK, time=lambda: CLOCK.time() + off)
    begun_ms = time.time() * 1000
    inspected = push_camera._inspected

    async def run() -> None:
        network = Network(monkeypatch)

        def corrected() -> bool:
            check = gateway._checking
            return gateway._wall.checked and check is not None and check.done()

        def slowly(jpeg: bytes) -> Inspection | None:
            network.there = True  # it comes back only now
            await_that(corrected)
            return inspected(jpeg)

        monkeypatch.setattr(push_camera, "_inspected", slowly)
        async with http_camera() as (_, port), network.serving():
            url = f"http://127.0.0.1:{port}/snapshot.jpg"
            shop.add("till", url, source=Source.PUSH, sampling=EVERY_SECOND)
            gateway = on(network, shop)
            async with running(gateway):
                await until(gateway, "till['delivered'] >= 2")

    asyncio.run(run())
    instants = [key.instant.timestamp() * 1000 for key in shop.frames()]
    assert begun_ms - 2_000 < min(instants)
    assert max(instants) < time.time() * 1000 + 2_000
