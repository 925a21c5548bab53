"""What FFmpeg's errors mean for a camera: what stands behind its address in a sentence. Pure."""

from collections.abc import Mapping

import av

from ingest.gateway.capture import devices

_IS_IT_THAT = "is it on, and is that its address?"
NO_VIDEO = "is no video that can be read"
REFUSES = "refuses the connection: is that its port?"
NO_ANSWER = f"does not answer: {_IS_IT_THAT}"

_MEANINGS: Mapping[type[av.FFmpegError], str] = {
    av.HTTPUnauthorizedError: "refuses the user name or password",
    av.HTTPForbiddenError: "refuses this user",
    av.HTTPNotFoundError: "has no such path: see the camera's manual for the path of its stream",
    av.ConnectionRefusedError: REFUSES,
    av.InvalidDataError: NO_VIDEO,
    av.FileNotFoundError: "does not exist",
}


def unknown_host(host: str) -> str:
    """Of a camera whose host no name server knows."""
    return f"has a host that is not known here, {host!r}: is that written as it should be?"


def meaning_of(error: av.FFmpegError, silence_seconds: float, *, of_device: bool) -> str:
    """What a user can do something with; FFmpeg's own words where there is no better."""
    if of_device and (meaning := devices.WHY.get(error.errno or 0)):
        return meaning
    if isinstance(error, (av.ExitError, av.TimeoutError)):  # we ended it, or FFmpeg did
        return f"sends nothing for {silence_seconds:.0f} s: it is opened again"
    for kind, meaning in _MEANINGS.items():
        if isinstance(error, kind):
            return meaning
    words = error.strerror or type(error).__name__
    return f"cannot be read ({words})" if of_device else f"cannot be read ({words}): {_IS_IT_THAT}"
