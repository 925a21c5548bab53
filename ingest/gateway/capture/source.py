"""Camera -> packets: an RTSP camera, a file or a device, as access units with their times."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from threading import Event

from av.container import InputContainer
from av.video.stream import VideoStream

from ingest.gateway.capture import devices
from ingest.gateway.capture.framing import CODECS, CodecName, nal_units
from ingest.gateway.capture.opening import SILENCE_SECONDS, Unreadable, WrongFormat, container_of
from ingest.gateway.capture.read_coalescing import ReadCoalescing
from ingest.gateway.config.addresses import Address
from ingest.gateway.timing.clock import SYSTEM_CLOCK, Clock


@dataclass(frozen=True, slots=True)
class SourcePacket:
    """One access unit as its source frames it: its time by the source's own time line, and when it came.

    `data` may be FFmpeg's own memory: most packets are looked at and not kept. `arrived` is a monotonic time
    in seconds.
    """

    own_ms: int
    data: bytes | memoryview
    keyframe: bool
    arrived: float


@dataclass(frozen=True)
class VideoSource:
    """A source that is open. `packets` ends with a live source, and never with a file, which loops.

    `start_ms` is the camera's own time of day (ms since the epoch) at 0 of its time line; None until it has
    told it, which RTSP cameras do by RTCP, some seconds after their first packets.
    """

    codec: CodecName
    extradata: bytes
    packets: Iterator[SourcePacket]
    start_ms: Callable[[], int | None] = lambda: None


@contextmanager
def opened(address: Address, stopping: Event, clock: Clock = SYSTEM_CLOCK) -> Iterator[VideoSource]:
    """Open it. Raises Unreadable, also while its packets are read."""
    with container_of(address) as (container, stream):
        name = stream.codec_context.name
        if name not in CODECS and address.is_device:
            raise WrongFormat(f"{address.shown} {devices.VIDEO_FORMATS.otherwise}")
        if name not in CODECS:
            raise Unreadable(
                f"{address.shown} sends {name}, KVS takes H.264 and H.265: set that as its video"
                " encoding, or give its snapshot address and make it a push camera"
            )
        codec: CodecName = "h264" if name == "h264" else "hevc"
        extradata = bytes(stream.codec_context.extradata or b"")
        if address.is_device:
            with closing(_copies(_live(container, stream, clock))) as copies:
                yield VideoSource(codec, extradata, _whole(copies, codec, address))
            return
        packets = _live(container, stream, clock)
        if address.is_live:
            if address.is_rtsp_over_tcp:
                packets = _coalesced(packets, stopping, clock)
            yield VideoSource(codec, extradata, _whole(packets, codec, address), lambda: _start_ms(container))
        else:
            yield VideoSource(codec, extradata, _paced(_rounds(address, packets, clock), stopping, clock))


def _live(container: InputContainer, stream: VideoStream, clock: Clock) -> Iterator[SourcePacket]:
    # For each packet of each camera: whole numbers are several times quicker than fractions.
    ticks, milliseconds = _milliseconds(stream)
    monotonic = clock.monotonic
    first = True
    for packet in container.demux(stream):
        # FFmpeg has no time for the first frame behind in-band parameter sets; its time line begins with it.
        pts = 0 if packet.pts is None and first else packet.pts
        if packet.size and pts is not None:
            own_ms = (2 * pts * milliseconds + ticks) // (2 * ticks)
            yield SourcePacket(own_ms, memoryview(packet), packet.is_keyframe, monotonic())
        first = False


def _coalesced(packets: Iterator[SourcePacket], stopping: Event, clock: Clock) -> Iterator[SourcePacket]:
    """Several at a time, for a fraction of the CPU."""
    coalescing = ReadCoalescing()
    asked = clock.monotonic()
    for packet in packets:
        waited = packet.arrived - asked
        yield packet
        if rest := coalescing.rest(packet.own_ms, len(packet.data), waited):
            clock.wait(stopping, rest)
        asked = clock.monotonic()


def _start_ms(container: InputContainer) -> int | None:
    start = container.start_time_realtime
    return None if start is None else start // 1000


def _milliseconds(stream: VideoStream) -> tuple[int, int]:
    """(ticks of the stream's own clock, how many milliseconds they are)."""
    ms = 1000 * (stream.time_base or Fraction(0))
    return ms.denominator, ms.numerator


def _copies(packets: Iterator[SourcePacket]) -> Generator[SourcePacket, None, None]:
    """A device's packets are its driver's buffers: none may be left when it is closed."""
    for packet in packets:
        yield replace(packet, data=bytes(packet.data))


def _whole(packets: Iterator[SourcePacket], codec: CodecName, address: Address) -> Iterator[SourcePacket]:
    """Access units: where a sender repeats its parameter sets before each slice, FFmpeg splits them.

    Raises Unreadable where the camera's clock stands still, so that its packets would be one for ever.
    """
    held: SourcePacket | None = None
    first = True
    for packet in packets:
        if held is not None and packet.own_ms == held.own_ms:
            if not (first and _begins_picture(packet, codec)):
                if packet.arrived - held.arrived > SILENCE_SECONDS:
                    raise Unreadable(f"{address.shown} gives all its pictures one time: restart it")
                keyframe = held.keyframe or packet.keyframe
                held = replace(held, data=bytes(held.data) + bytes(packet.data), keyframe=keyframe)
                continue
            # FFmpeg takes an RTP timestamp of 0 for none, and begins its time line with the one after it.
            held = replace(held, own_ms=held.own_ms - 1)
        first = held is None
        if held is not None:
            yield held
        held = packet
    if held is not None:
        yield held


def _begins_picture(packet: SourcePacket, codec: CodecName) -> bool:
    return any(map(CODECS[codec].begins_picture, nal_units(bytes(packet.data))))


def _rounds(address: Address, packets: Iterator[SourcePacket], clock: Clock) -> Iterator[SourcePacket]:
    """A file again and again, each round one frame after the last. Raises Unreadable."""
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
            raise Unreadable(f"{address.shown} holds no picture")
        start_ms = last_ms + (step_ms or 1000)
        packets = _round(address, clock)


def _round(address: Address, clock: Clock) -> Iterator[SourcePacket]:
    with container_of(address) as (container, stream):
        yield from _live(container, stream, clock)


def _paced(packets: Iterator[SourcePacket], stopping: Event, clock: Clock) -> Iterator[SourcePacket]:
    """Each at its time, as a camera would send it."""
    begun = clock.monotonic()
    for packet in packets:
        early = packet.own_ms / 1000 - (clock.monotonic() - begun)
        if early > 0 and clock.wait(stopping, early):
            return
        yield replace(packet, arrived=clock.monotonic())
