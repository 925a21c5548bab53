"""A simulated camera that gives pictures over HTTP and no video, as old ones do."""

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
"""Pictures: the truth is asked for within seconds, or minutes on a busy machine."""


class SnapshotCamera:
    """Its picture changes with each second, where everyone is in full view or not at all.

    The same name and seed show the same people as a `SimulatedCamera`'s do.
    """

    def __init__(self, name: str, seed: int = 0) -> None:
        self.name = name
        self._view, self._plan, self._encoder = SceneView(name, seed), Plan(name, seed), JpegEncoder()
        self._given: deque[float] = deque(maxlen=_REMEMBERED)

    def picture(self, time: float) -> bytes:
        """The JPEG that it gives at `time` (seconds since the epoch). For one thread."""
        self._given.append(time)
        image = self._view.draw(floor(time))
        return self._encoder.encode(VideoFrame.from_ndarray(image, format="bgr24"))

    def truth(self, time: float) -> int:
        """How many people are in the picture that it gave last at `time` (seconds since the epoch).

        On a busy machine that picture may be of the second before.
        """
        shown = max((given for given in tuple(self._given) if given <= time), default=time)
        return self._plan.truth(floor(shown))


class SnapshotServer(Running):
    """Serves a camera's pictures from `start` to `stop`."""

    def __init__(self, camera: SnapshotCamera, *, clock: Clock = time.time) -> None:
        self._camera, self._clock = camera, clock
        self._threaded = ThreadedApp(self._app)

    @property
    def url(self) -> str:
        """The picture's address. Raises OccupancyError before the start."""
        return self._threaded.url + PATH

    def start(self) -> None:
        """From now on."""
        self._threaded.start()

    def stop(self) -> None:
        """A second time does nothing."""
        self._threaded.stop()

    def _app(self, _: str) -> web.Application:
        app = web.Application()
        app.router.add_get(PATH, self._answer)
        return app

    async def _answer(self, _: web.Request) -> web.Response:
        return web.Response(body=self._camera.picture(self._clock()), content_type="image/jpeg")
