"""Digest and Basic, computed here: which credentials the server accepts."""

import hashlib
import re
from base64 import b64encode

import pytest

from infra.local.simulated_store.rtsp.authentication import REALM, Authenticator, Login
from infra.local.simulated_store.rtsp.messages import RtspRequest

URI = "rtsp://127.0.0.1:554/door"
PASSWORD = "hemmelig/?&="
DIGEST = Login("viewer", PASSWORD)
QOP = Login("viewer", PASSWORD, qop=True)
BASIC = Login("viewer", PASSWORD, scheme="basic")


def md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def answer(nonce: str, qop: bool = False, /, **changed: str) -> str:
    """The Authorization of a DESCRIBE, by RFC 2617, section 3.2.2, with some values changed."""
    said = {"user": "viewer", "password": PASSWORD, "method": "DESCRIBE", "uri": URI} | changed
    between = ("00000001", "c0ffee", "auth") if qop else ()
    secret = md5(said["user"], REALM, said["password"])
    response = md5(secret, nonce, *between, md5(said["method"], said["uri"]))
    extra = ', qop=auth, nc=00000001, cnonce="c0ffee"' if qop else ""
    return (
        f'Digest username="{said["user"]}", realm="{REALM}", nonce="{nonce}", uri="{said["uri"]}",'
        f' response="{response}"{extra}'
    )


def accepts(login: Login, authorization: str | None) -> bool:
    headers = {} if authorization is None else {"authorization": authorization}
    return Authenticator(login).accepts(RtspRequest("DESCRIBE", URI, headers))


@pytest.mark.parametrize(("login", "qop"), [(DIGEST, False), (QOP, True), (QOP, False)])
def test_the_right_answer_to_its_own_challenge(login: Login, qop: bool) -> None:
    authenticator = Authenticator(login)
    nonce = re.findall('nonce="([^"]+)"', authenticator.challenge)[0]
    assert ('qop="auth"' in authenticator.challenge) == login.qop
    right = RtspRequest("DESCRIBE", URI, {"authorization": answer(nonce, qop)})
    assert authenticator.accepts(right)


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "wrong"},
        {"user": "someone"},
        {"method": "PLAY"},
        {"uri": "rtsp://127.0.0.1:554/till"},
    ],
)
def test_a_wrong_answer(changed: dict[str, str]) -> None:
    authenticator = Authenticator(DIGEST)
    nonce = re.findall('nonce="([^"]+)"', authenticator.challenge)[0]
    request = RtspRequest("DESCRIBE", URI, {"authorization": answer(nonce, **changed)})
    assert not authenticator.accepts(request)


def test_another_connections_nonce_is_of_no_use() -> None:
    nonce = re.findall('nonce="([^"]+)"', Authenticator(DIGEST).challenge)[0]
    assert not accepts(DIGEST, answer(nonce))


@pytest.mark.parametrize("authorization", [None, "", "Digest", "Basic", "Digest nonsense", "Bearer word"])
def test_no_answer_at_all(authorization: str | None) -> None:
    assert not accepts(DIGEST, authorization)
    assert not accepts(BASIC, authorization)


@pytest.mark.parametrize(
    ("said", "right"), [(f"viewer:{PASSWORD}", True), ("viewer:wrong", False), ("viewer", False)]
)
def test_basic(said: str, right: bool) -> None:
    assert accepts(BASIC, f"Basic {b64encode(said.encode()).decode()}") == right
