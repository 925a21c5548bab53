"""Camera -> packets: opens a camera with FFmpeg, and turns FFmpeg's errors into sentences."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from traceback import clear_frames
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ingest.errors import OccupancyError
from ingest.gateway.capture import devices
from ingest.gateway.capture.devices import DeviceFormats
from ingest.gateway.capture.ffmpeg_errors import (
    FailedOpening,
    meaning_of,
    unusable_content,
    why_not_open,
)
from ingest.gateway.config import camera_tls
from ingest.gateway.config.addresses import Address

SILENCE_SECONDS = 10.0
"""A camera that sends nothing for so long is opened again."""


class Unreadable(OccupancyError):
    """A camera that cannot be opened, or no longer sends."""


class WrongFormat(Unreadable):
    """A device that has none of the requested formats."""


@contextmanager
def container_of(
    address: Address, formats: DeviceFormats = devices.VIDEO_FORMATS
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """FFmpeg's container and its video, of a device in one of `formats`. Raises Unreadable.

    No packet of a device may outlive it: FFmpeg would return its buffer to a driver that it has left.
    """
    patience, begun, is_open = 0.9 * SILENCE_SECONDS, time.monotonic(), False
    try:
        with _first_opened(address, formats, patience) as container:
            is_open = True
            video = container.streams.video
            if problem := unusable_content(container.format.name, has_video=bool(video)):
                raise Unreadable(f"{address.shown} {problem}")
            try:
                yield container, video[0]
            except BaseException as error:
                clear_frames(error.__traceback__)  # which may hold packets
                raise
    except av.FFmpegError as error:
        if is_open:
            meaning = meaning_of(error, SILENCE_SECONDS, of_device=address.is_device)
            raise Unreadable(f"{address.shown} {meaning}") from None
        if address.is_device and isinstance(error, av.ArgumentError):
            raise WrongFormat(f"{address.shown} {formats.none_found}") from None
        timed_out = time.monotonic() - begun >= patience
        failure = _failed_opening(error, address, timed_out=timed_out)
        raise Unreadable(f"{address.shown} {why_not_open(failure, SILENCE_SECONDS)}") from None


def _first_opened(address: Address, formats: DeviceFormats, patience: float) -> InputContainer:
    """Open it with the first options that it accepts. Raises av.FFmpegError.

    PyAV's time limit takes the GIL a dozen times for each packet from the network, and many cameras would
    wait for each other. So it only applies to the opening; afterwards FFmpeg's own limit applies.
    """
    *others, last = _options(address, formats)
    limits = patience, None
    for options in others:
        with suppress(av.ArgumentError):
            return av.open(address.url, format=address.format, options=options, timeout=limits)
    return av.open(address.url, format=address.format, options=last, timeout=limits)


def _options(address: Address, formats: DeviceFormats) -> list[dict[str, str]]:
    """FFmpeg's options, one set for each try."""
    if address.is_device:
        return formats.options()
    if not address.url.startswith("rtsp"):
        return [{}]
    # What the camera declares is enough: probing the video first would only delay its first packets.
    options = {
        "rtsp_transport": address.transport,
        "allowed_media_types": "video",
        "analyzeduration": "0",
        "probesize": "32",
        "timeout": f"{SILENCE_SECONDS * 1e6:.0f}",
    }
    return [options | (camera_tls.ffmpeg_options(address.tls) if address.url.startswith("rtsps") else {})]


def _failed_opening(error: av.FFmpegError, address: Address, *, timed_out: bool) -> FailedOpening:
    """Look for the cause where FFmpeg's error does not tell it."""
    failure = FailedOpening(error, address, timed_out)
    if not failure.is_unexplained:
        return failure
    host = urlsplit(address.url).hostname or ""
    if not _is_known(host):
        return replace(failure, unknown_host=host)
    secure = address.url.startswith("rtsps")
    refusal = camera_tls.refusal(address.url, address.tls, SILENCE_SECONDS) if secure else None
    return replace(failure, tls_refusal=refusal)


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except (socket.gaierror, UnicodeError):
        return False
    return True
