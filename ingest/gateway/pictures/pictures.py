"""Camera -> frame bucket: where a push camera gets its pictures, over HTTP or from a device."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import aiohttp

from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.snapshots import snapshot


@dataclass(frozen=True)
class Picture:
    """A JPEG, and the monotonic time in seconds when it arrived."""

    jpeg: bytes
    arrived: float


class Pictures(Protocol):
    """A camera's pictures, between `open` and `close`; both may be called repeatedly."""

    lead: timedelta
    """How long before an instant the camera is asked: its frame must not be later than the instant."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the camera, as far as is known without asking it."""

    def open(self) -> None:
        """Prepare for `take`."""

    async def take(self) -> Picture:
        """The newest picture. Raises NoPicture. The caller limits how long it may take."""

    async def close(self) -> None:
        """Release the camera."""


class HttpPictures:
    """Requests each picture from a camera; there is no connection in between."""

    lead = timedelta(seconds=5)
    problem = None

    def __init__(self, address: Address, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session

    def open(self) -> None:
        """Do nothing: there is nothing to open."""

    async def take(self) -> Picture:
        """The newest picture. Raises NoPicture."""
        jpeg = await snapshot(self._session, self._address)
        return Picture(jpeg, time.monotonic())

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
