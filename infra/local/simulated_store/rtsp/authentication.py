"""Basic and Digest authentication, which RTSP takes from HTTP (RFC 2617). Pure."""

import hashlib
import re
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal

from infra.local.simulated_store.rtsp.messages import RtspRequest

REALM = "simulated camera"
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]*))')


@dataclass(frozen=True)
class Login:
    """The user of all cameras. `qop`: whether Digest requires qop=auth, which most cameras do not."""

    user: str
    password: str = field(repr=False)
    scheme: Literal["digest", "basic"] = "digest"
    qop: bool = False


class Authenticator:
    """Authenticates the requests of a connection; its nonce is valid for this connection only."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._nonce = secrets.token_hex(16)

    @property
    def challenge(self) -> str:
        """The value of the header WWW-Authenticate."""
        if self._login.scheme == "basic":
            return f'Basic realm="{REALM}"'
        qop = ', qop="auth"' if self._login.qop else ""
        return f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm=MD5{qop}'

    def accepts(self, request: RtspRequest) -> bool:
        """Whether the request proves knowledge of the password."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != self._login.scheme:
            return False
        if scheme.lower() == "basic":
            expected = b64encode(f"{self._login.user}:{self._login.password}".encode()).decode()
            return _equal(credentials.strip(), expected)
        given = {name: quoted or bare for name, quoted, bare in _PARAMETER.findall(credentials)}
        if given.get("username") != self._login.user or given.get("nonce") != self._nonce:
            return False
        return given.get("uri") == request.uri and self._response_matches(request.method, given)

    def _response_matches(self, method: str, given: dict[str, str]) -> bool:
        secret = _md5(self._login.user, REALM, self._login.password)
        between = [self._nonce]
        if self._login.qop and "qop" in given:  # a client of RFC 2069 omits it
            between += [given.get("nc", ""), given.get("cnonce", ""), given["qop"]]
        expected = _md5(secret, *between, _md5(method, given["uri"]))
        return _equal(given.get("response", ""), expected)


def _equal(given: str, expected: str) -> bool:
    return compare_digest(given.encode(), expected.encode())


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
