"""Camera -> frame bucket: a picture over HTTP, from a snapshot address or a stream of JPEGs."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiohttp

from ingest.errors import OccupancyError
from ingest.frames.limits import MAX_BYTES
from ingest.gateway.capture.ffmpeg_errors import NO_ANSWER, REFUSES, unknown_host
from ingest.gateway.config import camera_tls
from ingest.gateway.config.addresses import Address

START, END = b"\xff\xd8\xff", b"\xff\xd9"


class NoPicture(OccupancyError):
    """A camera gives no picture."""


class PictureTooLarge(NoPicture):
    """A camera gives a larger picture than Rekognition accepts."""


@dataclass(frozen=True)
class Login:
    """User and password of an address."""

    user: str
    password: str


async def snapshot(session: aiohttp.ClientSession, address: Address) -> bytes:
    """Get the newest JPEG. Raises NoPicture. The caller limits how long it may take."""
    url, login = _divided(address.url)
    digest = (aiohttp.DigestAuthMiddleware(login.user, login.password),) if login else ()
    try:
        trusted = camera_tls.context(address.tls)
        async with session.get(url, middlewares=digest, ssl=trusted) as response:
            basic = "basic" in response.headers.get("WWW-Authenticate", "").lower()
            if response.status != 401 or login is None or not basic:
                return await _picture(response, address)
        headers = {"Authorization": aiohttp.encode_basic_auth(login.user, login.password)}
        async with session.get(url, headers=headers, ssl=trusted) as response:
            return await _picture(response, address)
    except aiohttp.ClientConnectorCertificateError as error:
        raise NoPicture(f"{address.shown} {camera_tls.refused(error.certificate_error)}") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise NoPicture(f"{address.shown} {_why(error)}") from None


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return unknown_host(error.host)
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError):
        return REFUSES
    if isinstance(error, aiohttp.ClientPayloadError):
        return "ends the connection in the middle of a picture"
    why = "is not a valid address: correct it" if isinstance(error, ValueError) else NO_ANSWER
    return f"{why} ({type(error).__name__})"


async def _picture(response: aiohttp.ClientResponse, address: Address) -> bytes:
    try:
        return await _read_picture(response, address)
    except PictureTooLarge as error:
        raise PictureTooLarge(f"{address.shown} {error}") from None


async def _read_picture(response: aiohttp.ClientResponse, address: Address) -> bytes:
    if response.status == 401:
        raise NoPicture(f"{address.shown} refuses the user name or password")
    if response.status != 200:
        raise NoPicture(f"{address.shown} answers {response.status}: see the camera's manual for its address")
    if response.content_type.startswith("multipart/"):
        picture = await first_jpeg(response.content.iter_any())
    else:
        body = await _whole(response.content.iter_any())  # a JPEG may contain a smaller one
        picture = body if body.startswith(START) else None
    if picture is None:
        found = "nothing" if response.content_length == 0 else response.content_type
        raise NoPicture(
            f"{address.shown} gives {found} instead of a JPEG: see its manual for its snapshot address"
        )
    return picture


async def _whole(chunks: AsyncIterable[bytes]) -> bytes:
    """All of a response. Raises PictureTooLarge, without reading the rest."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > MAX_BYTES:
            raise _too_large(is_jpeg=data.startswith(START))
    return bytes(data)


async def first_jpeg(chunks: AsyncIterable[bytes]) -> bytes | None:
    """The first whole JPEG in a stream, whatever is between the JPEGs. Raises PictureTooLarge."""
    data = bytearray()
    start = -1
    async for chunk in chunks:
        searched = max(0, len(data) - 2)
        data += chunk
        if start < 0:
            start = data.find(START, searched)
        end = data.find(END, max(searched, start + 3)) if start >= 0 else -1
        if end >= 0 and end + 2 - start <= MAX_BYTES:
            return bytes(data[start : end + 2])
        if len(data) > MAX_BYTES:
            raise _too_large(is_jpeg=start >= 0)
    return None


def _too_large(*, is_jpeg: bool) -> PictureTooLarge:
    if not is_jpeg:
        return PictureTooLarge(
            f"gives {MAX_BYTES / 1e6:g} MB without a JPEG: see its manual for its snapshot address"
        )
    return PictureTooLarge(
        f"gives a JPEG of more than {MAX_BYTES / 1e6:g} MB, but Rekognition takes no larger picture: lower"
        " the camera's resolution or JPEG quality"
    )


def _divided(url: str) -> tuple[str, Login | None]:
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    login = Login(unquote(parts.username), unquote(parts.password or ""))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), login
