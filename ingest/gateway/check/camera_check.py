"""What a camera sends, looked at for some seconds: whether KVS can take it, what it costs, what to change."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from threading import Event

import aiohttp

from ingest.errors import OccupancyError
from ingest.gateway.capture.ffmpeg_errors import NO_ANSWER
from ingest.gateway.capture.fragmenting import GOOD_GOP, MAX_SPAN_MS
from ingest.gateway.capture.framing import CODECS, Framing
from ingest.gateway.capture.opening import Unreadable, WrongFormat
from ingest.gateway.capture.source import SourcePacket, opened
from ingest.gateway.check.camera_clock import CameraClock, Stamp, judged
from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import GatewayCamera
from ingest.gateway.push_camera import pictures_of
from ingest.gateway.timing.wall_clock import WallClock

LOOKED_SECONDS = 20.0
PICTURE_SECONDS = 10.0
GOOD_GOP_SECONDS = 4.0
ENOUGH_MBIT, MUCH_MBIT = 4.0, 5.0
"""What a camera that is set to one sends moves by a tenth and more from look to look."""
GB_PRICE = 0.0085
"""USD for a gigabyte into KVS, us-east-1, November 2026."""


@dataclass(frozen=True)
class Finding:
    """What was found of one camera; `problem` says why it cannot be used, `advice` what would be better."""

    camera: str
    problem: str | None = None
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    gop_seconds: float = 0.0
    bits_per_second: float = 0.0
    keyframe_bits_per_second: float = 0.0
    clock: CameraClock = field(default_factory=CameraClock)
    gop_is_longer: bool = False
    """Whether its longest group of pictures had not ended yet."""
    ended: float | None = None
    """After how many seconds it has ended its stream by itself."""
    advice: tuple[str, ...] = ()

    def sent_bits_per_second(self, send: Send) -> float:
        """What goes over the uplink of it."""
        return self.keyframe_bits_per_second if send is Send.KEYFRAMES else self.bits_per_second

    def monthly_cost(self, hours_a_day: float, send: Send) -> float:
        """USD a month of 30 days for KVS's ingest."""
        return self.sent_bits_per_second(send) / 8 / 1e9 * hours_a_day * 3600 * 30 * GB_PRICE


def check_video(camera: GatewayCamera, seconds: float = LOOKED_SECONDS) -> Finding | None:
    """Read a KVS camera for so long. Raises nothing: what is wrong is in the finding.

    None of a device that gives pictures only: it can still be a push camera.
    """
    try:
        return _looked_at(camera, seconds)
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
    slow = took > 3 and not camera.address.is_device  # which first has to be opened
    advice = (f"a picture takes {took:.1f} s: take a smaller one",) if slow else ()
    of_source = " (push)" if camera.address.is_device else ""
    codec = f"JPEG of {len(picture.jpeg) // 1000} kB{of_source}"
    return Finding(camera.camera_id, codec=codec, advice=advice)


def _looked_at(camera: GatewayCamera, seconds: float) -> Finding:
    wall, shown, look = WallClock(), camera.address.shown, _Look()
    with opened(camera.address, Event()) as source:
        begun = time.monotonic()
        framing = Framing(source.codec, source.extradata)
        for packet in source.packets:
            framing.take(packet.data, keyframe=packet.keyframe)
            look.add(packet, wall.at_ms(packet.arrived))
            if packet.arrived - begun > seconds:
                ended = None
                break
        else:
            ended = time.monotonic() - begun
        clock = judged(look.stamps, source.start_ms())
    track = framing.track
    if track is None:
        looked = seconds if ended is None else ended
        after = "" if ended is None else ", and then ended its stream"
        raise Unreadable(f"{shown} has sent no keyframe in {looked:.0f} s{after}: {GOOD_GOP}")
    found = replace(
        look.finding(camera.camera_id),
        codec=CODECS[source.codec].name,
        width=track.width,
        height=track.height,
        clock=clock,
        ended=ended,
    )
    return replace(found, advice=tuple(_advice(found)))


class _Look:
    """What is kept of the packets of one look: times and sizes."""

    def __init__(self) -> None:
        self.stamps: list[Stamp] = []
        self._keyframes: list[int] = []
        self._bytes = self._keyframe_bytes = 0

    def add(self, packet: SourcePacket, arrived_ms: int) -> None:
        """One more packet."""
        self.stamps.append(Stamp(packet.own_ms, arrived_ms))
        self._bytes += len(packet.data)
        if packet.keyframe:
            self._keyframes.append(packet.own_ms)
            self._keyframe_bytes += len(packet.data)

    def finding(self, camera_id: str) -> Finding:
        """The rates, by the camera's own time; at least one keyframe has come."""
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
        yield f"it has ended its stream after {found.ended:.0f} s, and has to be opened again each time"
    if found.gop_seconds > GOOD_GOP_SECONDS:
        apart = f"{'at least ' if found.gop_is_longer else ''}{found.gop_seconds:.0f} s apart"
        loss = ", only the beginning of each group is sent" if found.gop_seconds * 1000 > MAX_SPAN_MS else ""
        yield f"its keyframes are {apart}{loss}: {GOOD_GOP}"
    if found.bits_per_second > MUCH_MBIT * 1e6:
        yield f"it sends {found.bits_per_second / 1e6:.1f} Mbit/s: 1 to {ENOUGH_MBIT:.0f} are enough to count"
    if found.clock.advice:
        yield found.clock.advice
