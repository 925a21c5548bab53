"""Camera -> frame bucket: what a push camera asks for its pictures, over HTTP or of a device."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import aiohttp

from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.snapshots import snapshot


@dataclass(frozen=True)
class Picture:
    """A JPEG, and the monotonic time in seconds when it came."""

    jpeg: bytes
    arrived: float


class Pictures(Protocol):
    """A camera's pictures, between `open` and `close`; both may be called again and again."""

    lead: timedelta
    """The frame for an instant is of a time before it: how long before the camera is asked."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the camera, as far as it is known without asking."""

    def open(self) -> None:
        """Be ready to be asked."""

    async def take(self) -> Picture:
        """The newest. Raises NoPicture; how long it may take is the caller's to limit."""

    async def close(self) -> None:
        """Leave the camera alone."""


class HttpPictures:
    """A camera is asked by one request for each picture; in between it is left alone."""

    lead = timedelta(seconds=5)
    problem = None

    def __init__(self, address: Address, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session

    def open(self) -> None:
        """There is nothing to be opened."""

    async def take(self) -> Picture:
        """The newest. Raises NoPicture."""
        jpeg = await snapshot(self._session, self._address)
        return Picture(jpeg, time.monotonic())

    async def close(self) -> None:
        """There is nothing to be closed."""
