"""The same full-duplex exchange over https, with a certificate authority of one's own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.gateway.destination import Destination
from ingest.gateway.pace import Rate
from ingest.gateway.publisher import Publisher, Uplink
from ingest.gateway.spool import Spool
from ingest.gateway.trust import session_factory
from tests.ingest.gateway.conftest import CLOCK, QUICK, Kvs, fragment, put, until_empty


def certificate(directory: Path) -> tuple[Path, Path]:
    """(authority, certificate and key of 127.0.0.1), as PEM files."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)

    def signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        return builder.add_extension(address, critical=False).sign(authority_key, hashes.SHA256())

    authority = signed(name, authority_key, ca=True)
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    leaf = signed(own, key, ca=False)
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "ca.pem").write_bytes(authority.public_bytes(pem))
    (directory / "server.pem").write_bytes(leaf.public_bytes(pem) + plain)
    return directory / "ca.pem", directory / "server.pem"


@asynccontextmanager
async def https(kvs: Kvs, server: Path) -> AsyncIterator[str]:
    """The service's address behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    port = urlsplit(kvs.server.url).port

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, outer), copy(inner, writer))

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("trusted", [True, False])
def test_fragments_and_acknowledgements_over_https(
    kvs: Kvs, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    authority, server = certificate(tmp_path)

    async def run() -> str | None:
        destination = kvs.destination()
        async with (
            https(kvs, server) as url,
            session_factory(str(authority) if trusted else None)() as session,
        ):
            monkeypatch.setattr(Destination, "forget", lambda *_: None)  # the endpoint stays ours
            destination._endpoints["door"] = url, True
            publisher = Publisher("door", spool, Uplink(destination, session, Rate(0, CLOCK), CLOCK, QUICK))
            running = asyncio.ensure_future(publisher.run())
            for place in range(4):
                put(spool, fragment(place))
                publisher.wake()
                if trusted:
                    await until_empty(spool)  # acknowledged while the body goes on
            while not trusted and publisher.problem is None:
                await asyncio.sleep(0.02)
            running.cancel()
            await asyncio.wait({running})
            assert publisher.connections == 1 or not trusted
            return publisher.problem

    problem = asyncio.run(run())
    if trusted:
        assert problem is None
        assert kvs.places() == [0, 1, 2, 3]
    else:
        assert "CERTIFICATE_VERIFY_FAILED" in str(problem)
