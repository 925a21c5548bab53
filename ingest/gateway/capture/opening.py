"""Camera -> packets: how a camera is reached, and its opening by FFmpeg, whose errors end here."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EIO
from traceback import clear_frames
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ingest.errors import OccupancyError
from ingest.gateway.capture import devices
from ingest.gateway.capture.devices import DeviceFormats
from ingest.gateway.capture.ffmpeg_errors import NO_ANSWER, NO_VIDEO, meaning_of, unknown_host
from ingest.gateway.config import camera_tls
from ingest.gateway.config.addresses import Address

SILENCE_SECONDS = 10.0
"""A camera that sends nothing for so long is opened anew."""


class Unreadable(OccupancyError):
    """A camera that cannot be opened, or does not send any more."""


class WrongFormat(Unreadable):
    """A device that has none of the formats that are wanted."""


@contextmanager
def container_of(
    address: Address, wanted: DeviceFormats = devices.VIDEO_FORMATS
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """FFmpeg's container and its video; of a device, in a format that is wanted. Raises Unreadable.

    No packet of a device may outlive it: FFmpeg would give its buffer back to a driver that it has left.
    """
    patience, begun, is_open = 0.9 * SILENCE_SECONDS, time.monotonic(), False
    try:
        with _first_opened(address, wanted, patience) as container:
            is_open = True
            if container.format.name == "tty":  # any text is a film of it to FFmpeg
                raise Unreadable(f"{address.shown} is a text, no video: give the address of its video")
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
        # Whatever FFmpeg makes of an answer that stayed away, and it makes several things of it.
        timed_out = time.monotonic() - begun >= patience
        why = NO_ANSWER if timed_out else _refusal(error, address) or meaning
        raise Unreadable(f"{address.shown} {_mistyped(address) or why}") from None


def _first_opened(address: Address, wanted: DeviceFormats, patience: float) -> InputContainer:
    """With the first options that it takes. Raises av.FFmpegError.

    PyAV's time limit takes the GIL a dozen times for each packet of the network, and many cameras would wait
    for each other: so it is for the opening alone. FFmpeg's own is for what follows.
    """
    *others, last = _options(address, wanted)
    limits = patience, None
    for options in others:
        with suppress(av.ArgumentError):
            return av.open(address.url, format=address.format, options=options, timeout=limits)
    return av.open(address.url, format=address.format, options=last, timeout=limits)


def _options(address: Address, wanted: DeviceFormats) -> list[dict[str, str]]:
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
        "timeout": f"{SILENCE_SECONDS * 1e6:.0f}",
    }
    return [options | (camera_tls.ffmpeg_options(address.tls) if address.url.startswith("rtsps") else {})]


def _refusal(error: av.FFmpegError, address: Address) -> str | None:
    """What FFmpeg's error does not tell of an RTSP camera, if that may be it."""
    if isinstance(error, av.InvalidDataError) and address.url.startswith("rtsp:"):
        return f"{NO_VIDEO}: is that its port, or is it rtsps://?"
    if error.errno != EIO or not address.url.startswith("rtsp"):
        return None
    host = urlsplit(address.url).hostname or ""
    if not _is_known(host):
        return unknown_host(host)
    secure = address.url.startswith("rtsps")
    return camera_tls.refusal(address.url, address.tls, SILENCE_SECONDS) if secure else None


def _mistyped(address: Address) -> str | None:
    """Why its password may have been taken for a part of its host or path."""
    hidden = address.shown.endswith("://***")
    return "cannot be read: percent-encode its password, or give it as ${NAME}" if hidden else None


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except (socket.gaierror, UnicodeError):
        return False
    return True
