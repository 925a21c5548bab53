"""Checks the signature of an aiohttp request and parses its body."""

import hashlib
import json

from aiohttp import web

from infra.local.kvs.service.parameters import Parameters
from infra.local.kvs.service.service import Service
from infra.local.wire.errors import SerializationException
from infra.local.wire.signature import STREAMED_HASHES, UNSIGNED, SignedRequest


async def read_parameters(service: Service, request: web.Request) -> Parameters:
    """The JSON object in a signed request. Raises AuthenticationError and SerializationException."""
    body = await request.read()
    hashes = [hashlib.sha256(body).hexdigest()]
    if request.headers.get("x-amz-content-sha256") == UNSIGNED:
        hashes.append(UNSIGNED)
    service.verifier.verify(_signed(request, hashes), service.clock())
    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise SerializationException("The body of the request is not JSON.") from None
    if not isinstance(values, dict):
        raise SerializationException("The body of the request is not a JSON object.")
    return Parameters(values)


def check_streamed(service: Service, request: web.Request) -> None:
    """Check the signature by the headers, before the body arrives. Raises AuthenticationError."""
    service.verifier.verify(_signed(request, STREAMED_HASHES), service.clock())


def _signed(request: web.Request, hashes: list[str] | tuple[str, ...]) -> SignedRequest:
    return SignedRequest(
        request.method,
        request.rel_url.raw_path,
        request.rel_url.raw_query_string,
        list(request.headers.items()),
        hashes,
    )
