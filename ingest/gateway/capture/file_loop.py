"""File -> packets: plays a file in a loop, at the pace of a camera."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

from ingest.gateway.capture.demuxing import SourcePacket, demuxed
from ingest.gateway.capture.opening import Unreadable, container_of
from ingest.gateway.config.addresses import Address
from ingest.gateway.timing.clock import Clock


def looped(address: Address, packets: Iterator[SourcePacket], clock: Clock) -> Iterator[SourcePacket]:
    """`packets`, then the file in a loop; each round starts one frame after the last. Raises Unreadable."""
    start_ms = 0
    while True:
        last_ms = step_ms = None
        first_ms = 0
        for packet in packets:
            if last_ms is None:
                first_ms = last_ms = packet.own_ms
            own_ms = packet.own_ms - first_ms + start_ms
            if own_ms > last_ms:
                step_ms = min(step_ms or own_ms - last_ms, own_ms - last_ms)
            last_ms = max(last_ms, own_ms)
            yield replace(packet, own_ms=own_ms)
        if last_ms is None:
            raise Unreadable(f"{address.shown} contains no picture")
        start_ms = last_ms + (step_ms or 1000)
        packets = _round(address, clock)


def paced(packets: Iterator[SourcePacket], stopping: Event, clock: Clock) -> Iterator[SourcePacket]:
    """Each packet at its time, as a camera would send it."""
    begun = clock.monotonic()
    for packet in packets:
        early = packet.own_ms / 1000 - (clock.monotonic() - begun)
        if early > 0 and clock.wait(stopping, early):
            return
        yield replace(packet, arrived=clock.monotonic())


def _round(address: Address, clock: Clock) -> Iterator[SourcePacket]:
    with container_of(address) as (container, stream):
        yield from demuxed(container, stream, clock)
