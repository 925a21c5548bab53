"""What the page asks: the frame, the camera's polygons, the people on the frame; and what it saves."""

from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from json import JSONDecodeError
from threading import Event
from typing import Any, TypeVar

from aiohttp import web

from counter.rows.occupancy import Person
from infra.cli.aws.failures import aws_failure
from infra.cli.view.drawing import Drawing, InvalidDrawing, polygon_values, read_drawing
from infra.cli.view.frame import Frame
from infra.cli.view.guard import Handler, add_headers, guard
from infra.cli.view.people import person, placed
from infra.local.rekognition.detectors.detection import Detector
from ingest.aws.failures import AWS_FAILURES
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraChanged, CameraRegistry

Answer = TypeVar("Answer")

PAGE = {
    "/": ("view.html", "text/html"),
    "/view.css": ("view.css", "text/css"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in ("api", "drawing", "stage", "view")},
}
"""Path -> file of ours, and its type."""
LARGEST = 256 * 1024
"""Bytes of a request: DynamoDB's items have 400 KB."""


@dataclass(frozen=True)
class View:
    """What is looked at, where the polygons are kept, and what is set when the page is done."""

    camera_id: str
    frame: Frame
    registry: CameraRegistry
    detector: Detector
    now: Callable[[], datetime]
    done: Event


def make_app(view: View, url: str, token: str) -> web.Application:
    """The application for `http://127.0.0.1:PORT`, whose page knows the token."""
    api = _Api(view)
    app = web.Application(middlewares=[guard(url, token), _sentences], client_max_size=LARGEST)
    app.on_response_prepare.append(add_headers)
    app.on_cleanup.append(api.close)
    for path, (name, content_type) in PAGE.items():
        app.router.add_get(path, _file(name, content_type))
    app.router.add_get("/api/camera", api.camera)
    app.router.add_get("/api/frame", api.frame)
    app.router.add_post("/api/people", api.people)
    app.router.add_put("/api/polygons", api.save)
    app.router.add_post("/api/done", api.done)
    return app


class _Api:
    def __init__(self, view: View) -> None:
        self._view = view
        # One thread: a detector takes every core, and a camera is saved once at a time.
        self._worker = ThreadPoolExecutor(1)

    async def close(self, _: web.Application) -> None:
        """Waits for nobody: Ctrl-C ends the view at once."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def camera(self, _: web.Request) -> web.Response:
        registered = await self._run(lambda: self._view.registry.get(self._view.camera_id))
        return web.json_response(_values(registered) | _frame_values(self._view.frame))

    async def frame(self, _: web.Request) -> web.Response:
        frame = self._view.frame
        return web.Response(body=frame.data, content_type=frame.content_type)

    async def people(self, request: web.Request) -> web.Response:
        """Whom the detector finds, as the camera would count them with the polygons that were sent."""
        asked = await _read(request)
        drawing = read_drawing(asked.get("polygons"))
        found = await self._run(lambda: placed(drawing.on(self._registered().camera), self._people))
        return web.json_response(
            {"detector": self._view.detector.name, "people": [one.values() for one in found]}
        )

    async def save(self, request: web.Request) -> web.Response:
        asked = await _read(request)
        drawing = read_drawing(asked.get("polygons"))
        return web.json_response(_values(await self._run(lambda: self._save(asked.get("revision"), drawing))))

    async def done(self, _: web.Request) -> web.Response:
        self._view.done.set()
        return web.Response(status=204)

    @cached_property
    def _people(self) -> list[Person]:
        return [person(found) for found in self._view.detector.detect(self._view.frame.pixels)]

    def _registered(self) -> RegisteredCamera:
        return self._view.registry.get(self._view.camera_id)

    def _save(self, revision: Any, drawing: Drawing) -> RegisteredCamera:
        """Raises CameraChanged unless the camera is as the page has read it."""
        before = self._registered()
        if before.revision != revision:
            raise CameraChanged(self._view.camera_id)
        after = drawing.on(before.camera)
        if after == before.camera:
            return before
        return self._view.registry.change(before, after, self._view.now())

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        return await get_running_loop().run_in_executor(self._worker, work)


@web.middleware
async def _sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as text, one sentence to a line."""
    try:
        return await handler(request)
    except (InvalidCamera, InvalidDrawing) as error:
        return web.Response(status=422, text="\n".join(error.problems))
    except CameraChanged as error:
        return web.Response(status=409, text=str(error))
    except OccupancyError as error:
        return web.Response(status=400, text=str(error))
    except AWS_FAILURES as error:
        return web.Response(status=502, text=str(aws_failure(error)))


def _file(name: str, content_type: str) -> Handler:
    text = files("infra.cli.view").joinpath("page", name).read_text(encoding="utf-8")

    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type)

    return handler


async def _read(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. Raises InvalidDrawing."""
    try:
        asked = await request.json()
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidDrawing(["the page sent no JSON: load it again"]) from error
    if not isinstance(asked, dict):
        raise InvalidDrawing(["the page sent no JSON object: load it again"])
    return asked


def _values(registered: RegisteredCamera) -> dict[str, Any]:
    camera = registered.camera
    return {
        "camera_id": camera.camera_id,
        "store_id": camera.store_id,
        "min_confidence": camera.min_confidence,
        "revision": registered.revision,
        "polygons": polygon_values(camera),
    }


def _frame_values(frame: Frame) -> dict[str, Any]:
    width, height = frame.size
    return {"origin": frame.origin, "width": width, "height": height}
