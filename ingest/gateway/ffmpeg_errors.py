"""What FFmpeg's errors mean for a camera: what stands behind its address in a sentence. Pure."""

from collections.abc import Mapping

import av

from ingest.gateway import devices

NO_ANSWER = "does not answer: is it on, and is that its address?"

_MEANINGS: Mapping[type[av.FFmpegError], str] = {
    av.HTTPUnauthorizedError: "refuses the user name or password",
    av.HTTPForbiddenError: "refuses this user",
    av.HTTPNotFoundError: "has no such path: see the camera's manual for the path of its stream",
    av.ConnectionRefusedError: "refuses the connection: is that its port?",
    av.TimeoutError: NO_ANSWER,
    av.InvalidDataError: "is no video that can be read",
    av.FileNotFoundError: "does not exist",
}


def meaning_of(error: av.FFmpegError, silence_seconds: float, *, of_device: bool) -> str:
    """What a user can do something with; FFmpeg's own words where there is no better."""
    if of_device and (meaning := devices.WHY.get(error.errno or 0)):
        return meaning
    if isinstance(error, av.ExitError):  # we ended it
        return f"sends nothing for {silence_seconds:.0f} s"
    for kind, meaning in _MEANINGS.items():
        if isinstance(error, kind):
            return meaning
    return f"cannot be read: {error.strerror or type(error).__name__}"
