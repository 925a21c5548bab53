"""Certificates of any kind, and a TLS proxy for a server without TLS."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
HERE = x509.IPAddress(ip_address("127.0.0.1"))


@dataclass(frozen=True)
class Kind:
    """How a server's certificate is made: who signs it, for which name, and whether it has expired."""

    self_signed: bool = False
    common_name: str = "camera"
    alternative: x509.GeneralName | None = HERE
    expired: bool = False


def certificate(directory: Path, kind: Kind = Kind()) -> tuple[Path, Path]:
    """(authority, certificate and key of the server), as PEM files."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _signed(Kind(common_name="test authority"), authority_key, authority_key, "test authority")
    signer, issuer = (key, kind.common_name) if kind.self_signed else (authority_key, "test authority")
    leaf = _signed(kind, key, signer, issuer)
    plain = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "ca.pem").write_bytes(authority.public_bytes(PEM))
    (directory / "server.pem").write_bytes(leaf.public_bytes(PEM) + plain)
    return directory / "ca.pem", directory / "server.pem"


def _signed(
    kind: Kind, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, issuer: str
) -> x509.Certificate:
    start = datetime.now(UTC) - timedelta(hours=2)
    builder = x509.CertificateBuilder().subject_name(_name(kind.common_name)).issuer_name(_name(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(
        start + timedelta(hours=1 if kind.expired else 3)
    )
    authority = x509.BasicConstraints(ca=kind.common_name == "test authority", path_length=None)
    builder = builder.add_extension(authority, critical=True)
    if kind.alternative is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([kind.alternative]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@asynccontextmanager
async def tls_before(port: int, server: Path, *, old: bool = False) -> AsyncIterator[int]:
    """The port of a TLS server that forwards to another port, in both directions; `old` is TLS 1.0."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    if old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        served.add(asyncio.gather(copy(reader, outer), copy(inner, writer)))

    served: set[asyncio.Future[tuple[None, None]]] = set()
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        async with listening:
            yield listening.sockets[0].getsockname()[1]
    finally:
        await asyncio.gather(*served)
