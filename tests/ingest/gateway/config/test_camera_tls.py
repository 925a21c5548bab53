"""Which certificates are accepted: the same by FFmpeg over rtsps and by aiohttp over https."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from ingest.errors import OccupancyError
from ingest.gateway.capture.source import opened
from ingest.gateway.config import camera_tls
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.camera_tls import Tls, refusal, unusable
from ingest.gateway.pictures.snapshots import snapshot
from tests.ingest.gateway.http_camera import http_camera
from tests.ingest.gateway.tls_server import Kind, certificate, tls_before
from tests.ingest.gateway.videos import jpeg

WAYS_OUT = (
    "in gateway.yaml, set ca_file to its authority's certificate or its own, or tls_verify: false to accept"
    " any certificate"
)
OTHER_WAYS_OUT = (
    "in gateway.yaml, use the host named in it, or set tls_verify: false to accept any certificate"
)
ELSEWHERE = Kind(alternative=x509.DNSName("camera.example"))
BY_COMMON_NAME = Kind(common_name="127.0.0.1", alternative=None)
LET_THROUGH = "is not a video that can be read"
"""From a web server's answer to RTSP: TLS was accepted."""
OTHER = "IP address mismatch, certificate is not valid for '127.0.0.1'."

CASES = [
    (Kind(), "ca.pem", True, None),
    (Kind(), "server.pem", True, None),
    (Kind(self_signed=True), "server.pem", True, None),
    (Kind(), None, True, "unable to get local issuer certificate"),
    (Kind(self_signed=True), None, True, "self-signed certificate"),
    (Kind(self_signed=True), "ca.pem", True, "self-signed certificate"),
    (Kind(expired=True), "ca.pem", True, "certificate has expired"),
    (ELSEWHERE, "ca.pem", True, OTHER),
    (BY_COMMON_NAME, "ca.pem", True, OTHER),
    (Kind(self_signed=True), None, False, None),
    (Kind(expired=True), None, False, None),
    (ELSEWHERE, None, False, None),
]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Clear the cache: no context outlives the files that it was made from."""
    yield
    camera_tls.context.cache_clear()


@pytest.mark.parametrize(("kind", "ca_file", "verify", "why"), CASES)
def test_whose_certificate_is_accepted(
    tmp_path: Path, kind: Kind, ca_file: str | None, verify: bool, why: str | None
) -> None:
    _, server = certificate(tmp_path, kind)
    trusted = Tls(verify, tmp_path / ca_file if ca_file else None)

    https, rtsps = asyncio.run(both(server, trusted))

    refused = f"has a certificate that is not trusted ({why}): {WAYS_OUT}"
    if why == OTHER:
        refused = f"has a certificate for another host ({why}): {OTHER_WAYS_OUT}"
    assert https == (f"https://127.0.0.1/door {refused}" if why else None)
    assert rtsps == f"rtsps://127.0.0.1/door {refused if why else LET_THROUGH}"


def test_an_old_camera_is_read_where_nothing_is_verified(tmp_path: Path) -> None:
    _, server = certificate(tmp_path)

    https, rtsps = asyncio.run(both(server, Tls(verify=False), old=True))

    assert https is None
    assert rtsps == f"rtsps://127.0.0.1/door {LET_THROUGH}"
    _, rtsps = asyncio.run(both(server, Tls(), old=True))
    assert "has a certificate that is not trusted (unable to get local issuer" in rtsps


def test_by_default_the_systems_authorities_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, server = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    https, rtsps = asyncio.run(both(server, Tls()))

    assert https is None
    assert rtsps == f"rtsps://127.0.0.1/door {LET_THROUGH}"


async def both(server: Path, trusted: Tls, *, old: bool = False) -> tuple[str | None, str]:
    """(the error over https, the error over rtsps) for a camera that speaks HTTP."""
    async with (
        http_camera() as (_, plain),
        tls_before(plain, server, old=old) as port,
        aiohttp.ClientSession() as session,
    ):
        https = None
        try:
            address = Address(f"https://127.0.0.1:{port}/", shown="https://127.0.0.1/door", tls=trusted)
            assert await snapshot(session, address) == jpeg()
        except OccupancyError as error:
            https = str(error)
        address = Address(f"rtsps://127.0.0.1:{port}/", shown="rtsps://127.0.0.1/door", tls=trusted)
        return https, await asyncio.to_thread(said_of, address)


def said_of(address: Address) -> str:
    with pytest.raises(OccupancyError) as error, opened(address, threading.Event()):
        pass
    return str(error.value)


def test_a_camera_without_tls_has_no_certificate_that_could_be_refused() -> None:
    async def run() -> tuple[str | None, str]:
        async with http_camera() as (_, port):
            url = f"rtsps://127.0.0.1:{port}/"
            return await asyncio.to_thread(refusal, url, Tls(), 5), await asyncio.to_thread(
                said_of, Address(url, shown="door")
            )

    assert asyncio.run(run()) == (
        None,
        "door cannot be read (Input/output error): is it on, and is that its address?",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "contains no certificates: give a PEM file"),
        ("no certificate", "contains no certificates: give a PEM file"),
    ],
)
def test_a_file_without_certificates_is_named(tmp_path: Path, text: str | None, sentence: str) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)

    assert unusable(path) == f"{path} {sentence}"


def test_a_file_of_certificates_can_be_used(tmp_path: Path) -> None:
    assert [unusable(path) for path in certificate(tmp_path)] == [None, None]
