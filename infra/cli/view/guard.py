"""Middleware that accepts only requests of the server's own page, opened in a browser of this machine.

A page of another origin can make a browser send requests here, and its host name can resolve to this
machine (DNS rebinding). So the API also needs a token. The printed address has it after `#`, a part that
browsers do not send, and requests carry it in a header that no other page can set.
"""

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API = "/api/"
SAFE_METHODS = ("GET", "HEAD")
HEADERS = {
    "Cache-Control": "no-store",
    # No foreign files, fonts or scripts; the page shows the frame from its own memory.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_OTHER_HOST = "This is not the address of the view: open the address that the command printed."
_OTHER_ORIGIN = "Another page opened this view: copy the address that the command printed into the browser."
_NOT_OPENED = "This tab does not have the token of the view: open the address that the command printed."


def guard(url: str, token: str) -> Middleware:
    """Refuse all requests with 403 that are not from the page at `url`, `http://127.0.0.1:PORT`."""
    port = url.rpartition(":")[2]
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    if port == "80":
        hosts |= {"127.0.0.1", "localhost"}

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = _refusal(request, hosts, token)
        return web.Response(status=403, text=refused) if refused else await handler(request)

    return guarded


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add HEADERS to every response, also to errors."""
    response.headers.update(HEADERS)


def _refusal(request: web.Request, hosts: set[str], token: str) -> str | None:
    headers = request.headers
    if request.host not in hosts:
        return _OTHER_HOST
    # Browsers say where a request comes from; `none` is the user (address bar, bookmark).
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return _OTHER_ORIGIN
    if request.method not in SAFE_METHODS and headers.get("Origin") != f"http://{request.host}":
        return _OTHER_ORIGIN
    # aiohttp decodes bytes that are not UTF-8 to surrogates.
    given = headers.get("Authorization", "").encode(errors="surrogateescape")
    if request.path.startswith(API) and not hmac.compare_digest(given, f"Bearer {token}".encode()):
        return _NOT_OPENED
    return None
