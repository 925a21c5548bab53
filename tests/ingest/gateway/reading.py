"""Runs a capture, and reads what it has put into its spool."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from ingest.gateway.capture.camera_capture import CameraCapture, CaptureDependencies
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.spool.spool import Spool
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.documents import divide
from ingest.kvs import ebml
from tests.ingest.gateway.conftest import Kvs, until_empty
from tests.ingest.gateway.fake_clock import CLOCK


def dependencies(spool: Spool) -> CaptureDependencies:
    """A spool, and the test's clock."""
    return CaptureDependencies(spool, WallClock(CLOCK), clock=CLOCK)


@contextmanager
def reading(capture: CameraCapture) -> Iterator[CameraCapture]:
    thread = Thread(target=capture.run, name="camera-read")
    thread.start()
    try:
        yield capture
    finally:
        capture.stop()
        thread.join(20)
        assert not thread.is_alive()


def play(kvs: Kvs, spool: Spool, address: Address, send: Send) -> CameraCapture:
    """Deliver the camera's video into KVS, to its end."""
    capture = CameraCapture(address, send, dependencies(spool))

    async def run() -> None:
        thread = Thread(target=capture.run, name="camera-read")
        async with kvs.publisher(spool), asyncio.timeout(60):
            thread.start()
            while capture.status.state != "failing":
                await asyncio.sleep(0.05)
            capture.stop()
            await until_empty(spool)
            await asyncio.to_thread(thread.join)

    asyncio.run(run())
    return capture


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def blocks(spool: Spool) -> list[tuple[int, bytes, bool]]:
    """(ms since the epoch, frame, whether a keyframe) of all that waits."""
    found, number = [], 0
    while (entry := spool.after(number)) is not None:
        number = entry.number
        document = divide(spool.read(entry))
        for element in ebml.Parser().feed(bytes(document.cluster)):
            if element.id == ebml.SIMPLE_BLOCK:
                relative = int.from_bytes(element.payload[1:3], "big", signed=True)
                frame, key = element.payload[4:], bool(element.payload[3] & 0x80)
                found.append((document.timecode_ms + relative, frame, key))
    return found
