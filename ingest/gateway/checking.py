"""What a camera sends, looked at for some seconds: whether KVS can take it, what it costs, what to change."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

import aiohttp

from ingest.errors import OccupancyError
from ingest.gateway.config import GatewayCamera
from ingest.gateway.ffmpeg_errors import NO_ANSWER
from ingest.gateway.fragmenting import GOOD_GOP, MAX_SPAN_MS
from ingest.gateway.framing import Framing
from ingest.gateway.push_camera import pictures_of
from ingest.gateway.source import Unreadable, WrongFormat, opened

LOOKED_SECONDS = 20.0
PICTURE_SECONDS = 10.0
GOOD_GOP_SECONDS = 4.0
MUCH_MBIT = 4.0
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
    advice: tuple[str, ...] = ()

    def monthly_cost(self, hours_a_day: float, *, keyframes: bool) -> float:
        """USD a month of 30 days for KVS's ingest."""
        bits = self.keyframe_bits_per_second if keyframes else self.bits_per_second
        return bits / 8 / 1e9 * hours_a_day * 3600 * 30 * GB_PRICE


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
    stopping, begun = Event(), time.monotonic()
    own: list[int] = []
    keyframes: list[int] = []
    total = of_keyframes = 0
    with opened(camera.address, stopping) as source:
        framing = Framing(source.codec, source.extradata)
        for packet in source.packets:
            framing.take(packet.data, keyframe=packet.keyframe)
            own.append(packet.own_ms)
            total += len(packet.data)
            if packet.keyframe:
                keyframes.append(packet.own_ms)
                of_keyframes += len(packet.data)
            if time.monotonic() - begun > seconds:
                break
    track = framing.track
    if track is None:
        raise Unreadable(f"{camera.address.shown} has sent no keyframe in {seconds:.0f} s: {GOOD_GOP}")
    spans = [after - before for before, after in zip(keyframes, [*keyframes[1:], max(own)], strict=True)]
    length = max(own) - min(own) or 1
    found = Finding(
        camera.camera_id,
        codec="H.264" if source.codec == "h264" else "H.265",
        width=track.width,
        height=track.height,
        fps=(len(own) - 1) * 1000 / length,
        gop_seconds=max(spans) / 1000,
        bits_per_second=total * 8000 / length,
        keyframe_bits_per_second=of_keyframes * 8000 / length,
    )
    if found.gop_seconds * 1000 > MAX_SPAN_MS:
        apart = f"has its keyframes {found.gop_seconds:.0f} s apart, too far to be counted from"
        return replace(found, problem=f"{camera.address.shown} {apart}: {GOOD_GOP}")
    return replace(found, advice=tuple(_advice(found)))


def _advice(found: Finding) -> Iterator[str]:
    if found.gop_seconds > GOOD_GOP_SECONDS:
        yield f"its keyframes are {found.gop_seconds:.0f} s apart: {GOOD_GOP}"
    if found.bits_per_second > MUCH_MBIT * 1e6:
        yield f"it sends {found.bits_per_second / 1e6:.1f} Mbit/s: 1 to {MUCH_MBIT:.0f} are enough to count"
