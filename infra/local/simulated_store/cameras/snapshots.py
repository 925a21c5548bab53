"""A simulated camera that serves pictures over HTTP but no video, like old cameras."""

import time
from collections import deque
from math import floor

from aiohttp import web
from av.video.frame import VideoFrame

from infra.local.simulated_store.cameras.media import Clock
from infra.local.simulated_store.scene.plan import Plan
from infra.local.simulated_store.scene.view import SceneView
from infra.local.wire.running import Running
from infra.local.wire.threaded_app import ThreadedApp
from ingest.jpeg import JpegEncoder

PATH = "/snapshot.jpg"
_REMEMBERED = 1000
"""Remembered picture times: the truth is needed within seconds, or minutes on a busy machine."""


class SnapshotCamera:
    """Its picture changes at each whole second, where people are in full view or absent.

    With the same name and seed it shows the same people as a `SimulatedCamera`.
    """

    def __init__(self, name: str, seed: int = 0) -> None:
        self.name = name
        self._view, self._plan, self._encoder = SceneView(name, seed), Plan(name, seed), JpegEncoder()
        self._served: deque[float] = deque(maxlen=_REMEMBERED)

    def picture(self, time: float) -> bytes:
        """The JPEG at `time` (seconds since the epoch). Not thread-safe."""
        self._served.append(time)
        image = self._view.draw(floor(time))
        return self._encoder.encode(VideoFrame.from_ndarray(image, format="bgr24"))

    def truth(self, time: float) -> int:
        """The number of people in the last picture served until `time` (seconds since the epoch).

        On a busy machine that picture may show the previous second.
        """
        shown = max((served for served in tuple(self._served) if served <= time), default=time)
        return self._plan.truth(floor(shown))


class SnapshotServer(Running):
    """Serves the pictures of a camera from `start` to `stop`."""

    def __init__(self, camera: SnapshotCamera, *, clock: Clock = time.time) -> None:
        self._camera, self._clock = camera, clock
        self._threaded = ThreadedApp(self._app)

    @property
    def url(self) -> str:
        """The address of the picture. Raises OccupancyError before the start."""
        return self._threaded.url + PATH

    def start(self) -> None:
        """Start serving."""
        self._threaded.start()

    def stop(self) -> None:
        """Stop serving; a second call does nothing."""
        self._threaded.stop()

    def _app(self, _: str) -> web.Application:
        app = web.Application()
        app.router.add_get(PATH, self._answer)
        return app

    async def _answer(self, _: web.Request) -> web.Response:
        return web.Response(body=self._camera.picture(self._clock()), content_type="image/jpeg")
