"""Camera -> packets: an RTSP camera, a file or a device, opened by FFmpeg; its errors end here."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from errno import EIO
from threading import Event
from traceback import clear_frames
from typing import Literal
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ingest.errors import OccupancyError
from ingest.gateway import camera_tls, devices
from ingest.gateway.camera_tls import Tls
from ingest.gateway.devices import Wanted
from ingest.gateway.ffmpeg_errors import NO_ANSWER, meaning_of
from ingest.gateway.framing import CODECS, CodecName
from ingest.gateway.redaction import redacted

SILENCE_SECONDS = 10.0
"""A camera that sends nothing for so long is opened anew."""


class Unreadable(OccupancyError):
    """A camera that cannot be opened, or does not send any more."""


class WrongFormat(Unreadable):
    """A device that has none of the formats that are wanted."""


@dataclass(frozen=True)
class Address:
    """How a camera is reached. `url` may hold its password: only `shown` may be.

    `format` is FFmpeg's input format of a device, None for what FFmpeg finds out by itself.
    """

    url: str = field(repr=False)
    transport: Literal["tcp", "udp"] = "tcp"
    shown: str = ""
    tls: Tls = field(default_factory=Tls)
    format: str | None = None

    def __post_init__(self) -> None:
        if not self.shown:
            object.__setattr__(self, "shown", redacted(self.url))
        if self.format is None and devices.is_device(self.url):
            object.__setattr__(self, "format", devices.FORMAT)

    @property
    def is_device(self) -> bool:
        """Whether it is this machine's, and is asked for a format."""
        return self.format is not None

    @property
    def is_live(self) -> bool:
        """Whether it sends at its own pace; a file has to be held to it."""
        return self.is_device or bool(urlsplit(self.url).netloc)


@dataclass(frozen=True)
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
class Source:
    """A source that is open. `packets` ends with a live source, and never with a file, which loops."""

    codec: CodecName
    extradata: bytes
    packets: Iterator[SourcePacket]


@contextmanager
def opened(address: Address, stopping: Event) -> Iterator[Source]:
    """Open it. Raises Unreadable, also while its packets are read."""
    with container_of(address) as (container, stream):
        name = stream.codec_context.name
        if name not in CODECS and address.is_device:
            raise WrongFormat(f"{address.shown} {devices.VIDEO.otherwise}")
        if name not in CODECS:
            raise Unreadable(
                f"{address.shown} sends {name}, KVS takes H.264 and H.265: set that as its video"
                " encoding, or give its snapshot address and make it a push camera"
            )
        codec: CodecName = "h264" if name == "h264" else "hevc"
        extradata = bytes(stream.codec_context.extradata or b"")
        if address.is_device:
            with closing(_copies(_live(container, stream))) as copies:
                yield Source(codec, extradata, _whole(copies))
            return
        packets = _live(container, stream)
        packets = _whole(packets) if address.is_live else _paced(_rounds(address, packets), stopping)
        yield Source(codec, extradata, packets)


def _live(container: InputContainer, stream: VideoStream) -> Iterator[SourcePacket]:
    first = True
    for packet in container.demux(stream):
        # FFmpeg has no time for the first frame behind in-band parameter sets; its time line begins with it.
        pts = 0 if packet.pts is None and first else packet.pts
        if packet.size and pts is not None:
            own_ms = round(pts * (packet.time_base or 0) * 1000)
            yield SourcePacket(own_ms, memoryview(packet), packet.is_keyframe, time.monotonic())
        first = False


def _copies(packets: Iterator[SourcePacket]) -> Generator[SourcePacket, None, None]:
    """A device's packets are its driver's buffers: none may be left when it is closed."""
    for packet in packets:
        yield replace(packet, data=bytes(packet.data))


def _whole(packets: Iterator[SourcePacket]) -> Iterator[SourcePacket]:
    """Access units: where a sender repeats its parameter sets before each slice, FFmpeg splits them."""
    held: SourcePacket | None = None
    for packet in packets:
        if held is not None and packet.own_ms == held.own_ms:
            keyframe = held.keyframe or packet.keyframe
            held = replace(held, data=bytes(held.data) + bytes(packet.data), keyframe=keyframe)
            continue
        if held is not None:
            yield held
        held = packet
    if held is not None:
        yield held


def _rounds(address: Address, packets: Iterator[SourcePacket]) -> Iterator[SourcePacket]:
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
        packets = _round(address)


def _round(address: Address) -> Iterator[SourcePacket]:
    with container_of(address) as (container, stream):
        yield from _live(container, stream)


def _paced(packets: Iterator[SourcePacket], stopping: Event) -> Iterator[SourcePacket]:
    """Each at its time, as a camera would send it."""
    begun = time.monotonic()
    for packet in packets:
        early = packet.own_ms / 1000 - (time.monotonic() - begun)
        if early > 0 and stopping.wait(early):
            return
        yield replace(packet, arrived=time.monotonic())


@contextmanager
def container_of(
    address: Address, wanted: Wanted = devices.VIDEO
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """FFmpeg's container and its video; of a device, in a format that is wanted. Raises Unreadable.

    No packet of a device may outlive it: FFmpeg would give its buffer back to a driver that it has left.
    """
    begun, is_open = time.monotonic(), False
    try:
        with _first_opened(address, wanted) as container:
            is_open = True
            if not container.streams.video:
                raise Unreadable(f"{address.shown} has no video track: give the address of its video")
            try:
                yield container, container.streams.video[0]
            except BaseException as error:
                clear_frames(error.__traceback__)  # which may hold packets
                raise
    except av.FFmpegError as error:
        meaning = meaning_of(error, SILENCE_SECONDS, of_device=address.is_device)
        if is_open:
            raise Unreadable(f"{address.shown} {meaning}") from None
        if address.is_device and isinstance(error, av.ArgumentError):
            raise WrongFormat(f"{address.shown} {wanted.otherwise}") from None
        timed_out = time.monotonic() - begun >= SILENCE_SECONDS
        why = NO_ANSWER if timed_out else _refusal(error, address) or meaning
        raise Unreadable(f"{address.shown} {why}") from None


def _first_opened(address: Address, wanted: Wanted) -> InputContainer:
    """With the first options that it takes. Raises av.FFmpegError."""
    *others, last = _options(address, wanted)
    for options in others:
        with suppress(av.ArgumentError):
            return av.open(address.url, format=address.format, options=options, timeout=SILENCE_SECONDS)
    return av.open(address.url, format=address.format, options=last, timeout=SILENCE_SECONDS)


def _options(address: Address, wanted: Wanted) -> list[dict[str, str]]:
    """FFmpeg's, one for each try."""
    if address.is_device:
        return wanted.options()
    if not address.url.startswith("rtsp"):
        return [{}]
    # What the camera declares is enough: to look into the video first would only delay its first packets.
    options = {
        "rtsp_transport": address.transport,
        "allowed_media_types": "video",
        "analyzeduration": "0",
        "probesize": "32",
    }
    return [options | (camera_tls.ffmpeg_options(address.tls) if address.url.startswith("rtsps") else {})]


def _refusal(error: av.FFmpegError, address: Address) -> str | None:
    """Why its certificate is refused, if that may be it."""
    if error.errno != EIO or not address.url.startswith("rtsps"):
        return None
    return camera_tls.refusal(address.url, address.tls, SILENCE_SECONDS)
