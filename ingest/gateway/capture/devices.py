"""Devices of Video4Linux: which format is asked of them, and what their errors mean. Pure.

FFmpeg's `input_format` is what the device is to give; one that it does not have is EINVAL. Left out, FFmpeg
takes the first of its own table that the device has: raw pictures before MJPEG before H.264. H.265 is not in
FFmpeg 8.1's table, so that no device gives it yet (libavdevice/v4l2-common.c).
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DeviceFormats:
    """Input formats to ask for, one after the other, None for any; and what is said of a device with none."""

    input_formats: tuple[str | None, ...]
    otherwise: str

    def options(self) -> list[dict[str, str]]:
        """FFmpeg's, one for each try."""
        return [{"input_format": name} if name else {} for name in self.input_formats]


VIDEO_FORMATS = DeviceFormats(
    ("h264", "hevc"),
    "gives neither H.264 nor H.265, but pictures: make it a push camera, by"
    " `occupancy camera set NAME --source push`",
)
PICTURE_FORMATS = DeviceFormats(("mjpeg", None), "gives no pictures that FFmpeg can read")

WHY: Mapping[int, str] = {
    errno.ENOENT: "does not exist: is it plugged in?",
    errno.ENXIO: "is not there any more: is it plugged in?",
    errno.ENODEV: "is not there any more: is it plugged in?",
    errno.EBUSY: "is in use by another program, or by a gateway that runs: end that",
    errno.EACCES: "may not be read by this user: add the user to the group `video`",
    errno.EPERM: "may not be read by this user: add the user to the group `video`",
    errno.ENOSPC: "finds no room on its USB bus: plug it into another one, or have it give a smaller picture",
    errno.ENOTTY: "is no camera: see `v4l2-ctl --list-devices`",
}
"""What FFmpeg's errors mean, by errno."""
