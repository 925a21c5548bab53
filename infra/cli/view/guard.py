"""Who may speak to the page's server: its own page, in a browser of this machine, opened by its address.

A page of another origin can make a browser send requests here, and a name that it owns can be made to lead
here (DNS rebinding). What the server gives away or takes needs a token besides: it stands behind the `#` of
the printed address, which no browser sends, and comes in a header, which no other page can set.
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
    # No file, font or script of anybody else; the frame is shown out of the page's own memory.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_OTHER_HOST = "This view has another address: open the one that the command printed."
_OTHER_ORIGIN = (
    "This view was called from another page: copy the address that the command printed into the browser."
)
_NOT_OPENED = "This tab does not know the view's token: open the address that the command printed."


def guard(url: str, token: str) -> Middleware:
    """Refuses with 403 and one sentence whatever is not of the page at `url`, `http://127.0.0.1:PORT`."""
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
    """Given to every response, also to errors."""
    response.headers.update(HEADERS)


def _refusal(request: web.Request, hosts: set[str], token: str) -> str | None:
    headers = request.headers
    if request.host not in hosts:
        return _OTHER_HOST
    # Browsers say where a call comes from: `none` is the user, by the address line or a bookmark.
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return _OTHER_ORIGIN
    if request.method not in SAFE_METHODS and headers.get("Origin") != f"http://{request.host}":
        return _OTHER_ORIGIN
    # aiohttp gives what is no UTF-8 as surrogates.
    given = headers.get("Authorization", "").encode(errors="surrogateescape")
    if request.path.startswith(API) and not hmac.compare_digest(given, f"Bearer {token}".encode()):
        return _NOT_OPENED
    return None
