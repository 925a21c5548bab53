import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
import pytest

from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.snapshots import NoPicture, PictureTooLarge, first_jpeg, snapshot
from tests.credentials import OTHER_PASSWORD, PASSWORD, USER
from tests.ingest.gateway.http_camera import http_camera
from tests.ingest.gateway.videos import jpeg, padded_jpeg


def take(path: str, login: str = "", picture: bytes | None = None) -> bytes:
    async def run() -> bytes:
        async with http_camera() as (camera, port), aiohttp.ClientSession() as session:
            camera.picture = picture or camera.picture
            return await snapshot(session, Address(f"http://{login}127.0.0.1:{port}/{path}"))

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["snapshot.jpg", "stream"])
@pytest.mark.parametrize("auth", ["", "basic/", "digest/"])
def test_a_picture_from_any_old_camera(path: str, auth: str) -> None:
    login = f"{USER}:{quote(PASSWORD, safe='')}@" if auth else ""

    assert take(auth + path, login) == jpeg()


@pytest.mark.parametrize(
    ("path", "login", "sentence"),
    [
        ("basic/snapshot.jpg", "", "refuses the user name or password"),
        ("basic/snapshot.jpg", f"{USER}:{OTHER_PASSWORD}@", "refuses the user name or password"),
        ("digest/snapshot.jpg", f"{USER}:{OTHER_PASSWORD}@", "refuses the user name or password"),
        ("none", "", "answers 500: see the camera's manual for its address"),
        ("text", "", "gives text/plain instead of a JPEG"),
    ],
)
def test_what_gives_no_picture_is_named(path: str, login: str, sentence: str) -> None:
    with pytest.raises(NoPicture, match=sentence):
        take(path, login)


@pytest.mark.parametrize("path", ["snapshot.jpg", "stream"])
def test_a_picture_that_rekognition_does_not_take_is_named(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.gateway.pictures.snapshots.MAX_BYTES", 20_000)
    assert take(path, picture=padded_jpeg(20_000 if path == "snapshot.jpg" else 19_000))
    with pytest.raises(PictureTooLarge) as error:
        take(path, picture=padded_jpeg(21_000))
    assert str(error.value).endswith(
        f"/{path} gives a JPEG of more than 0.02 MB, but Rekognition takes no larger picture: lower the"
        " camera's resolution or JPEG quality"
    )


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateway.pictures.snapshots.MAX_BYTES", 20_000)
    with pytest.raises(PictureTooLarge, match=r"gives 0\.02 MB without a JPEG: see its manual"):
        take("snapshot.jpg", picture=b"x" * 5_000_000)


def test_nobody_there() -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await snapshot(session, Address(f"http://{USER}:{OTHER_PASSWORD}@127.0.0.1:1/snapshot.jpg"))

    with pytest.raises(
        NoPicture, match=r"^http://127.0.0.1:1/snapshot.jpg refuses the connection: is that its port"
    ):
        asyncio.run(run())


def test_a_host_that_nobody_knows() -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await snapshot(session, Address("http://no-such-host.invalid/snapshot.jpg"))

    with pytest.raises(NoPicture, match=r"has an unknown host, 'no-such-host\.invalid'"):
        asyncio.run(run())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_a_picture_is_found_however_the_stream_comes(size: int) -> None:
    stream = b"--x\r\n\r\n" + jpeg() + b"\r\n--x\r\n\r\n" + jpeg()[:50]

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(stream), size):
            yield stream[start : start + size]

    assert asyncio.run(first_jpeg(pieces())) == jpeg()


def test_a_stream_that_ends_in_a_picture_gives_none() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield jpeg()[:-2]

    assert asyncio.run(first_jpeg(pieces())) is None
