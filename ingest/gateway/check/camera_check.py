"""Samples what a camera sends for some seconds: whether KVS can take it, what it costs, what to change."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from threading import Event

import aiohttp

from ingest.errors import OccupancyError
from ingest.gateway.capture.demuxing import SourcePacket
from ingest.gateway.capture.ffmpeg_errors import NO_ANSWER
from ingest.gateway.capture.fragmenting import GOOD_GOP, MAX_SPAN_MS
from ingest.gateway.capture.framing import CODECS, Framing
from ingest.gateway.capture.opening import Unreadable, WrongFormat
from ingest.gateway.capture.source import opened
from ingest.gateway.check.camera_clock import Stamp, judged
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.settings import GatewayCamera
from ingest.gateway.pictures.picture_source import pictures_of
from ingest.gateway.timing.wall_clock import WallClock

SAMPLE_SECONDS = 20.0
PICTURE_SECONDS = 10.0
GOOD_GOP_SECONDS = 4.0
ENOUGH_MBIT, MUCH_MBIT = 4.0, 5.0
"""Apart, because the rate of a camera that is set to 4 varies by a tenth and more between samples."""


def check_video(camera: GatewayCamera, seconds: float = SAMPLE_SECONDS) -> Finding | None:
    """Sample a KVS camera for this many seconds. Raises nothing: problems are in the finding.

    None for a device that only gives pictures: it can still be a push camera.
    """
    try:
        return _sampled(camera, seconds)
    except WrongFormat:
        return None
    except OccupancyError as error:
        return Finding(camera.camera_id, str(error))


async def check_pictures(camera: GatewayCamera, session: aiohttp.ClientSession) -> Finding:
    """Take one picture of a push camera, within 10 s."""
    pictures = pictures_of(camera.address, session)
    begun = time.monotonic()
    try:
        pictures.open()
        async with asyncio.timeout(PICTURE_SECONDS):
            picture = await pictures.take()
    except OccupancyError as error:
        return Finding(camera.camera_id, str(error))
    except TimeoutError:
        return Finding(camera.camera_id, f"{camera.address.shown} {NO_ANSWER}")
    finally:
        await pictures.close()
    took = time.monotonic() - begun
    slow = took > 3 and not camera.address.is_device  # a device is opened first
    advice = (f"a picture takes {took:.1f} s: choose a smaller size",) if slow else ()
    of_source = " (push)" if camera.address.is_device else ""
    codec = f"JPEG of {len(picture.jpeg) // 1000} kB{of_source}"
    return Finding(camera.camera_id, codec=codec, advice=advice)


def _sampled(camera: GatewayCamera, seconds: float) -> Finding:
    wall, shown, sample = WallClock(), camera.address.shown, _PacketSample()
    with opened(camera.address, Event()) as source:
        begun = time.monotonic()
        framing = Framing(source.codec, source.extradata)
        for packet in source.packets:
            framing.take(packet.data, keyframe=packet.keyframe)
            sample.add(packet, wall.at_ms(packet.arrived))
            if packet.arrived - begun > seconds:
                ended = None
                break
        else:
            ended = time.monotonic() - begun
        clock = judged(sample.stamps, source.start_ms())
    track = framing.track
    if track is None:
        sampled = seconds if ended is None else ended
        after = "" if ended is None else ", and then ended its stream"
        raise Unreadable(f"{shown} has sent no keyframe in {sampled:.0f} s{after}: {GOOD_GOP}")
    found = replace(
        sample.finding(camera.camera_id),
        codec=CODECS[source.codec].name,
        width=track.width,
        height=track.height,
        clock=clock,
        ended=ended,
    )
    return replace(found, advice=tuple(_advice(found)))


class _PacketSample:
    """The times and sizes of a sample's packets."""

    def __init__(self) -> None:
        self.stamps: list[Stamp] = []
        self._keyframes: list[int] = []
        self._bytes = self._keyframe_bytes = 0

    def add(self, packet: SourcePacket, arrived_ms: int) -> None:
        """Add a packet."""
        self.stamps.append(Stamp(packet.own_ms, arrived_ms))
        self._bytes += len(packet.data)
        if packet.keyframe:
            self._keyframes.append(packet.own_ms)
            self._keyframe_bytes += len(packet.data)

    def finding(self, camera_id: str) -> Finding:
        """The rates, by the camera's own time. At least one keyframe has arrived."""
        first, last = (pick(stamp.own_ms for stamp in self.stamps) for pick in (min, max))
        length = last - first or 1
        *groups, open_group = (after - before for before, after in pairwise([*self._keyframes, last]))
        return Finding(
            camera_id,
            fps=(len(self.stamps) - 1) * 1000 / length,
            gop_seconds=max([*groups, open_group]) / 1000,
            gop_is_longer=open_group > max(groups, default=0),
            bits_per_second=self._bytes * 8000 / length,
            keyframe_bits_per_second=self._keyframe_bytes * 8000 / length,
        )


def _advice(found: Finding) -> Iterator[str]:
    if found.ended is not None:
        yield f"it ended its stream after {found.ended:.0f} s, and must be opened again each time"
    if found.gop_seconds > GOOD_GOP_SECONDS:
        apart = f"{'at least ' if found.gop_is_longer else ''}{found.gop_seconds:.0f} s apart"
        loss = (
            ", so only the beginning of each group is sent" if found.gop_seconds * 1000 > MAX_SPAN_MS else ""
        )
        yield f"its keyframes are {apart}{loss}: {GOOD_GOP}"
    if found.bits_per_second > MUCH_MBIT * 1e6:
        mbit = found.bits_per_second / 1e6
        yield f"it sends {mbit:.1f} Mbit/s: 1 to {ENOUGH_MBIT:.0f} are enough for counting"
    if found.clock.advice:
        yield found.clock.advice
