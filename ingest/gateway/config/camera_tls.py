"""Camera -> gateway over TLS: whose certificates FFmpeg (rtsps) and aiohttp (https) accept.

How FFmpeg behaves in PyAV's wheel (18.1: FFmpeg 8.1 with GnuTLS), measured against a test server: it verifies
nothing unless `tls_verify` is set. Then it checks the chain, the dates and the host name; it looks for an IP
address in the certificate's subject alternative names only, not in its common name. The wheel looks for the
system's authorities where Red Hat has them (/etc/pki/tls/cert.pem), so it finds none on Debian. With a
`ca_file` that cannot be read it trusts nobody. Every failure is EIO, without a reason.
"""

import socket
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

TLS_SCHEMES = ("rtsps", "https")
RTSPS_PORT = 322
_OTHER_HOST = (62, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_DEBIAN = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Tls:
    """FFmpeg's options with these names. `ca_file` is PEM: an authority, or the camera's own certificate."""

    verify: bool = True
    ca_file: Path | None = None


def ffmpeg_options(tls: Tls) -> dict[str, str]:
    """FFmpeg's options for a camera."""
    if not tls.verify:
        return {"tls_verify": "0"}
    authorities = tls.ca_file or _system_authorities()
    return {"tls_verify": "1", **({"ca_file": str(authorities)} if authorities else {})}


@cache
def context(tls: Tls) -> ssl.SSLContext:
    """A context for Python's TLS; cached, so that connections are reused. Raises OSError for a `ca_file`."""
    made = _verifying(tls)
    if not tls.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        _take_old_cameras(made)  # the other side is not authenticated anyway
    return made


def _verifying(tls: Tls) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=tls.ca_file)
    # As in GnuTLS: the camera's own certificate is enough, and extensions of RFC 5280 may be missing.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def _take_old_cameras(made: ssl.SSLContext) -> None:
    """Accept TLS 1.0 and short keys, as GnuTLS does."""
    made.set_ciphers("DEFAULT:@SECLEVEL=0")
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED


def unusable(ca_file: Path) -> str | None:
    """What is wrong with a file of authorities, None if it can be used."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except ssl.SSLError:
        return f"{ca_file} contains no certificates: give a PEM file"
    except OSError as error:
        return f"{ca_file} cannot be read: {error.strerror}"
    return None


def refusal(url: str, tls: Tls, seconds: float) -> str | None:
    """Why the certificate at an rtsps address is refused, which FFmpeg does not say; None if it is not."""
    if not tls.verify:
        return None
    parts = urlsplit(url)
    try:
        probe = _verifying(tls)
        _take_old_cameras(probe)
        host, port = parts.hostname or "", parts.port or RTSPS_PORT
        with (
            socket.create_connection((host, port), seconds) as plain,
            probe.wrap_socket(plain, server_hostname=host),
        ):
            return None
    except ssl.SSLCertVerificationError as error:
        return refused(error)
    except (OSError, ValueError):  # it does not speak TLS, or no longer; ValueError: no valid port or host
        return None


def refused(error: Exception) -> str:
    """What is wrong with a certificate, and both remedies; it follows the camera's address in a sentence."""
    why = getattr(error, "verify_message", type(error).__name__)
    if getattr(error, "verify_code", 0) in _OTHER_HOST:
        return (
            f"has a certificate for another host ({why}): in gateway.yaml, use the host named in it, or set"
            " tls_verify: false to accept any certificate"
        )
    return (
        f"has a certificate that is not trusted ({why}): in gateway.yaml, set ca_file to its authority's"
        " certificate or its own, or tls_verify: false to accept any certificate"
    )


def _system_authorities() -> Path | None:
    found = ssl.get_default_verify_paths().cafile  # SSL_CERT_FILE, if it is set
    return next((path for path in (Path(found) if found else None, _DEBIAN) if path and path.exists()), None)
