"""Video4Linux devices: which format to request, and what their errors mean. Pure.

FFmpeg's `input_format` is what the device should give; a format that it does not have is EINVAL. Without it,
FFmpeg takes the first entry of its own table that the device has: raw pictures before MJPEG before H.264.
H.265 is not in the table of FFmpeg 8.1, so no device gives it yet (libavdevice/v4l2-common.c).
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DeviceFormats:
    """Input formats to request in this order, None for any; `none_found`: the message if none exists."""

    input_formats: tuple[str | None, ...]
    none_found: str

    def options(self) -> list[dict[str, str]]:
        """FFmpeg's options, one set for each try."""
        return [{"input_format": name} if name else {} for name in self.input_formats]


VIDEO_FORMATS = DeviceFormats(
    ("h264", "hevc"),
    "gives only pictures, neither H.264 nor H.265: make it a push camera with"
    " `occupancy camera set NAME --source push`",
)
PICTURE_FORMATS = DeviceFormats(("mjpeg", None), "gives no pictures that FFmpeg can read")

WHY: Mapping[int, str] = {
    errno.ENOENT: "does not exist: is it plugged in?",
    errno.ENXIO: "is not there any more: is it plugged in?",
    errno.ENODEV: "is not there any more: is it plugged in?",
    errno.EBUSY: "is in use by another program, or by a running gateway: stop that",
    errno.EACCES: "cannot be read by this user: add the user to the group `video`",
    errno.EPERM: "cannot be read by this user: add the user to the group `video`",
    errno.ENOSPC: "gets no bandwidth on its USB bus: plug it into another bus, or set a smaller picture size",
    errno.ENOTTY: "is not a camera: see `v4l2-ctl --list-devices`",
}
"""What FFmpeg's errors mean, by errno."""
