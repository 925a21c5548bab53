"""The server of the page: serves the frame, the camera's polygons and the people, and saves polygons."""

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
from infra.cli.view.frame import PreviewFrame
from infra.cli.view.guard import Handler, add_headers, guard
from infra.cli.view.people import person, placed
from infra.local.rekognition.detectors.detection import Detector
from ingest.aws.failures import AWS_FAILURES
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import CameraChanged
from ingest.registry.table import CameraRegistry

Answer = TypeVar("Answer")

PAGE = {
    "/": ("view.html", "text/html"),
    "/view.css": ("view.css", "text/css"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in ("api", "drawing", "stage", "view")},
}
"""Path -> file and content type."""
LARGEST = 256 * 1024
"""Bytes of a request; an item of DynamoDB has at most 400 KB."""


@dataclass(frozen=True)
class PreviewSession:
    """The camera and its frame, the registry of its polygons, and the event that ends the session."""

    camera_id: str
    frame: PreviewFrame
    registry: CameraRegistry
    detector: Detector
    now: Callable[[], datetime]
    done: Event


def make_app(session: PreviewSession, url: str, token: str) -> web.Application:
    """The application at `url`, `http://127.0.0.1:PORT`, for a page that has the token."""
    api = _Api(session)
    app = web.Application(middlewares=[guard(url, token), _error_texts], client_max_size=LARGEST)
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
    def __init__(self, session: PreviewSession) -> None:
        self._session = session
        # One thread: a detector uses all cores, and a camera is saved by one request at a time.
        self._worker = ThreadPoolExecutor(1)

    async def close(self, _: web.Application) -> None:
        """Do not wait for the worker, so that Ctrl-C ends the command at once."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def camera(self, _: web.Request) -> web.Response:
        registered = await self._run(lambda: self._session.registry.get(self._session.camera_id))
        return web.json_response(_values(registered) | _frame_values(self._session.frame))

    async def frame(self, _: web.Request) -> web.Response:
        frame = self._session.frame
        return web.Response(body=frame.data, content_type=frame.content_type)

    async def people(self, request: web.Request) -> web.Response:
        """The people on the frame, as the camera would count them with the polygons of the request."""
        asked = await _read(request)
        drawing = read_drawing(asked.get("polygons"))
        found = await self._run(lambda: placed(drawing.on(self._registered().camera), self._people))
        return web.json_response(
            {
                "detector": self._session.detector.name,
                "people": [placed_person.values() for placed_person in found],
            }
        )

    async def save(self, request: web.Request) -> web.Response:
        asked = await _read(request)
        drawing = read_drawing(asked.get("polygons"))
        return web.json_response(_values(await self._run(lambda: self._save(asked.get("revision"), drawing))))

    async def done(self, _: web.Request) -> web.Response:
        self._session.done.set()
        return web.Response(status=204)

    @cached_property
    def _people(self) -> list[Person]:
        return [person(found) for found in self._session.detector.detect(self._session.frame.pixels)]

    def _registered(self) -> RegisteredCamera:
        return self._session.registry.get(self._session.camera_id)

    def _save(self, revision: Any, drawing: Drawing) -> RegisteredCamera:
        """Raises CameraChanged if the camera has changed since the page read it."""
        before = self._registered()
        if before.revision != revision:
            raise CameraChanged(self._session.camera_id)
        after = drawing.on(before.camera)
        if after == before.camera:
            return before
        return self._session.registry.change(before, after, self._session.now())

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        return await get_running_loop().run_in_executor(self._worker, work)


@web.middleware
async def _error_texts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into text, one sentence on each line."""
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
        raise InvalidDrawing(["the page sent no JSON: reload it"]) from error
    if not isinstance(asked, dict):
        raise InvalidDrawing(["the page sent no JSON object: reload it"])
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


def _frame_values(frame: PreviewFrame) -> dict[str, Any]:
    width, height = frame.size
    return {"origin": frame.origin, "width": width, "height": height}
