"""Camera -> packets: an RTSP camera, a file or a device, as access units with their times."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from threading import Event

from av.container import InputContainer

from ingest.gateway.capture import devices
from ingest.gateway.capture.demuxing import SourcePacket, demuxed
from ingest.gateway.capture.file_loop import looped, paced
from ingest.gateway.capture.framing import CODECS, CodecName, nal_units
from ingest.gateway.capture.opening import SILENCE_SECONDS, Unreadable, WrongFormat, container_of
from ingest.gateway.capture.read_coalescing import ReadCoalescing
from ingest.gateway.config.addresses import Address
from ingest.gateway.timing.clock import SYSTEM_CLOCK, Clock


@dataclass(frozen=True)
class VideoSource:
    """A source that is open. `packets` ends with a live source, and never with a file, which loops.

    `start_ms` is the camera's own time of day (ms since the epoch) at 0 of its time line; None until the
    camera has sent it: RTSP cameras do so by RTCP, some seconds after their first packets.
    """

    codec: CodecName
    extradata: bytes
    packets: Iterator[SourcePacket]
    start_ms: Callable[[], int | None] = lambda: None


@contextmanager
def opened(address: Address, stopping: Event, clock: Clock = SYSTEM_CLOCK) -> Iterator[VideoSource]:
    """Open a source. Raises Unreadable, also while its packets are read."""
    with container_of(address) as (container, stream):
        codec = _codec(stream.codec_context.name, address)
        extradata = bytes(stream.codec_context.extradata or b"")
        if address.is_device:
            # No variable of this frame may hold the demuxer: it holds a packet.
            with closing(_copies(demuxed(container, stream, clock))) as copies:
                yield VideoSource(codec, extradata, _whole(copies, codec, address))
            return
        packets = demuxed(container, stream, clock)
        if address.is_live:
            if address.is_rtsp_over_tcp:
                packets = _coalesced(packets, stopping, clock)
            yield VideoSource(codec, extradata, _whole(packets, codec, address), lambda: _start_ms(container))
        else:
            yield VideoSource(codec, extradata, paced(looped(address, packets, clock), stopping, clock))


def _codec(name: str, address: Address) -> CodecName:
    """FFmpeg's name of the codec, if KVS accepts it. Raises Unreadable."""
    if name == "h264":
        return "h264"
    if name == "hevc":
        return "hevc"
    if address.is_device:
        raise WrongFormat(f"{address.shown} {devices.VIDEO_FORMATS.none_found}")
    raise Unreadable(
        f"{address.shown} sends {name}, but KVS takes H.264 and H.265: set one of them as its video"
        " encoding, or give its snapshot address and make it a push camera"
    )


def _coalesced(packets: Iterator[SourcePacket], stopping: Event, clock: Clock) -> Iterator[SourcePacket]:
    """Read several packets at a time, for a fraction of the CPU."""
    coalescing = ReadCoalescing()
    asked = clock.monotonic()
    for packet in packets:
        waited = packet.arrived - asked
        yield packet
        if pause := coalescing.pause(packet.own_ms, len(packet.data), waited):
            clock.wait(stopping, pause)
        asked = clock.monotonic()


def _start_ms(container: InputContainer) -> int | None:
    start = container.start_time_realtime
    return None if start is None else start // 1000


def _copies(packets: Iterator[SourcePacket]) -> Generator[SourcePacket, None, None]:
    """A device's packets are its driver's buffers: none may be left when it is closed."""
    for packet in packets:
        yield replace(packet, data=bytes(packet.data))


def _whole(packets: Iterator[SourcePacket], codec: CodecName, address: Address) -> Iterator[SourcePacket]:
    """Access units: where a sender repeats its parameter sets before each slice, FFmpeg splits them.

    Raises Unreadable if the camera's clock stands still, since all its packets would be one.
    """
    held: SourcePacket | None = None
    first = True
    for packet in packets:
        if held is not None and packet.own_ms == held.own_ms:
            if not (first and _begins_picture(packet, codec)):
                if packet.arrived - held.arrived > SILENCE_SECONDS:
                    raise Unreadable(
                        f"{address.shown} gives all its pictures the same time stamp: restart it"
                    )
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
