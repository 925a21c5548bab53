"""What FFmpeg's errors mean for a camera, as a sentence that follows its address."""

from collections.abc import Mapping

import av

from ingest.gateway.capture import devices

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
