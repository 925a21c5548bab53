"""Old cameras: snapshots and a stream of JPEGs over HTTP, with basic or digest passwords."""

import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.credentials import PASSWORD, USER
from tests.ingest.gateway.videos import jpeg

BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class HttpCamera:
    """Answers a path by its ending; `asked` counts the pictures that it gave."""

    def __init__(self) -> None:
        self.asked = 0
        self.broken = False
        self.picture = jpeg()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if "digest" in request.path and not _digest_is_right(request):
            challenge = 'Digest realm="camera", nonce="abc", qop="auth", algorithm=MD5'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        if "basic" in request.path and request.headers.get("Authorization") != BASIC:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="camera"'})
        if self.broken or request.path.endswith("/none"):
            return web.Response(status=500)
        if request.path.endswith("/text"):
            return web.Response(text="no picture")
        self.asked += 1
        if request.path.endswith("/stream"):
            return await self._stream(request)
        return web.Response(body=self.picture, content_type="image/jpeg")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
        await response.prepare(request)
        part = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + self.picture + b"\r\n"
        for start in range(0, 3 * len(part), 1000):
            await response.write((3 * part)[start : start + 1000])
        return response


def _digest_is_right(request: web.Request) -> bool:
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get("Authorization", "")))
    if not given:
        return False

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

    asked = (given["nonce"], given["nc"], given["cnonce"], given["qop"])
    right = md5(md5(USER, "camera", PASSWORD), *asked, md5("GET", given["uri"]))
    return bool(given["response"] == right)


@asynccontextmanager
async def http_camera() -> AsyncIterator[tuple[HttpCamera, int]]:
    """A camera and its port."""
    camera = HttpCamera()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", camera.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield camera, runner.addresses[0][1]
    finally:
        await runner.cleanup()
