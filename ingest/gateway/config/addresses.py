"""Addresses of cameras as a user writes them, and what is wrong with them. Pure."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from ingest.gateway.config.camera_tls import Tls
from ingest.gateway.config.redaction import redacted

KVS_SCHEMES = ("rtsp", "rtsps")
HTTP_SCHEMES = ("http", "https")
DEVICE_FORMAT = "v4l2"
"""FFmpeg's input format of Video4Linux devices."""
_DEVICE_PATHS = ("/dev/video", "/dev/v4l/")
"""The second folder has stable names: `by-id/...`, `by-path/...`."""

_HOST_AND_PORT = re.compile(r"[\w.-]+:\d{1,5}(/|$)")
_UNBRACED = re.compile(r"[/:]\$[A-Z][A-Z0-9_]*[:@]")
"""Shell syntax, in the place of a user or a password."""
_WITHOUT_DOLLAR = re.compile(r"[/:]\{[A-Z][A-Z0-9_]*\}[:@]")
_LIKE = "write rtsp://HOST/PATH"
_KNOWN = ", ".join(f"{scheme}://" for scheme in (*KVS_SCHEMES, *HTTP_SCHEMES))


@dataclass(frozen=True)
class Address:
    """How a camera is reached. `url` may contain its password: only `shown` may be shown.

    `format` is FFmpeg's input format for a device, None where FFmpeg detects the format.
    """

    url: str = field(repr=False)
    transport: Literal["tcp", "udp"] = "tcp"
    shown: str = ""
    tls: Tls = field(default_factory=Tls)
    format: str | None = None

    def __post_init__(self) -> None:
        if not self.shown:
            object.__setattr__(self, "shown", redacted(self.url))
        if self.format is None and is_device(self.url):
            object.__setattr__(self, "format", DEVICE_FORMAT)

    @property
    def is_device(self) -> bool:
        """Whether it is a device of this machine, from which a format is requested."""
        return self.format is not None

    @property
    def is_rtsp_over_tcp(self) -> bool:
        """Whether packets that are not read at once are kept."""
        return self.transport == "tcp" and self.url.startswith("rtsp")

    @property
    def is_live(self) -> bool:
        """Whether it sends at its own pace; the gateway paces a file."""
        return self.is_device or bool(urlsplit(self.url).netloc)


def is_device(url: str) -> bool:
    """Whether the address is a Video4Linux device."""
    return url.startswith(_DEVICE_PATHS)


def mistake(url: str) -> str | None:
    """What is wrong with the address of a camera, None if nothing.

    A path is always accepted: whether the file exists is found when it is opened.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or url.startswith("/"):
        return None
    if scheme in (*KVS_SCHEMES, *HTTP_SCHEMES):
        return _mistake_after(scheme, rest)
    if _HOST_AND_PORT.match(url):
        return f"does not start with rtsp://: {_LIKE}"
    return f"starts with the unknown {scheme}://: use {_KNOWN} or a path" if rest.startswith("//") else None


def _mistake_after(scheme: str, rest: str) -> str | None:
    if not rest.startswith("//"):
        return f"has no // after its scheme: {_LIKE}"
    if _UNBRACED.search(rest):  # not shown: it may be a password
        return "has $NAME without braces, which is taken literally: write ${NAME}"
    if _WITHOUT_DOLLAR.search(rest):
        return "has {NAME} without $, which is taken literally: write ${NAME}"
    try:
        parts = urlsplit(f"{scheme}:{rest}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return (  # without the wrong part: it may be part of a password
            f"is not a valid address: {_LIKE} (a port is 1 to 65535, an IPv6 host needs [ ]), and give a"
            " password that has more than letters and digits as ${NAME}"
        )
    return None if host else f"has no host: {_LIKE}"
