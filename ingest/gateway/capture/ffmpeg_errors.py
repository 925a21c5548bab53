"""What FFmpeg's errors mean for a camera, as a sentence that follows its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from errno import EIO

import av

from ingest.gateway.capture import devices
from ingest.gateway.config.addresses import Address

_IS_IT_THAT = "is it on, and is that its address?"
NO_VIDEO = "is not a video that can be read"
REFUSES = "refuses the connection: is that its port?"
NO_ANSWER = f"does not answer: {_IS_IT_THAT}"
NOT_ENCODED = "cannot be read: percent-encode its password, or give it as ${NAME}"

_MEANINGS: Mapping[type[av.FFmpegError], str] = {
    av.HTTPUnauthorizedError: "refuses the user name or password",
    av.HTTPForbiddenError: "refuses this user",
    av.HTTPNotFoundError: "has no such path: see the camera's manual for the path of its stream",
    av.ConnectionRefusedError: REFUSES,
    av.InvalidDataError: NO_VIDEO,
    av.FileNotFoundError: "does not exist",
}


@dataclass(frozen=True)
class FailedOpening:
    """FFmpeg's error while it opened `address`, and what was found out besides.

    `unknown_host` is the host if no name server knows it; `tls_refusal` says why its certificate is refused.
    Both are looked for only if the error `is_unexplained`.
    """

    error: av.FFmpegError
    address: Address
    timed_out: bool
    unknown_host: str | None = None
    tls_refusal: str | None = None

    @property
    def is_misread(self) -> bool:
        """Whether the password may have been taken for a part of the host or path."""
        return self.address.shown.endswith("://***")

    @property
    def is_unexplained(self) -> bool:
        """Whether FFmpeg says EIO for one of several causes, as it does for an RTSP camera."""
        told = self.is_misread or self.timed_out
        return not told and self.error.errno == EIO and self.address.url.startswith("rtsp")


def why_not_open(failure: FailedOpening, silence_seconds: float) -> str:
    """Why a camera cannot be opened; the first that applies."""
    error, address = failure.error, failure.address
    if failure.is_misread:
        return NOT_ENCODED
    if failure.timed_out:  # FFmpeg reports an answer that did not come as one of several errors
        return NO_ANSWER
    if isinstance(error, av.InvalidDataError) and address.url.startswith("rtsp:"):
        return f"{NO_VIDEO}: is that its port, or is it rtsps://?"
    if failure.unknown_host is not None:
        return unknown_host(failure.unknown_host)
    return failure.tls_refusal or meaning_of(error, silence_seconds, of_device=address.is_device)


def unknown_host(host: str) -> str:
    """Message for a camera whose host no name server knows."""
    return f"has an unknown host, {host!r}: is it spelled correctly?"


def unusable_content(format_name: str, *, has_video: bool) -> str | None:
    """Message for something that opens but is not a video, else None."""
    if format_name == "tty":  # to FFmpeg, any text is a video that shows it
        return "is a text file, not a video: give the address of its video"
    return None if has_video else "has no video track: give the address of its video"


def meaning_of(error: av.FFmpegError, silence_seconds: float, *, of_device: bool) -> str:
    """What helps a user; FFmpeg's own words where there is nothing better."""
    if of_device and (meaning := devices.WHY.get(error.errno or 0)):
        return meaning
    if isinstance(error, (av.ExitError, av.TimeoutError)):  # ended by us, or by FFmpeg
        return f"sends nothing for {silence_seconds:.0f} s: it is opened again"
    for kind, meaning in _MEANINGS.items():
        if isinstance(error, kind):
            return meaning
    words = error.strerror or type(error).__name__
    return f"cannot be read ({words})" if of_device else f"cannot be read ({words}): {_IS_IT_THAT}"
