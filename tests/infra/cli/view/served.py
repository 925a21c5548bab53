"""A served preview: a simulated frame, a registry in moto, and a detector that finds three people."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import boto3
import cv2
from moto import mock_aws

from infra.cli.view.frame import PreviewFrame, still
from infra.cli.view.server import PreviewSession, make_app
from infra.local.rekognition.detectors.detection import Detection, Image
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.wire.threaded_app import ThreadedApp
from ingest.registry.camera import Camera
from ingest.registry.polygons import Polygon
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.ingest.cloud import camera, create_camera_table

NOW = from_text("2026-11-22T13:05:10Z")
TOKEN = "the-token"
LEFT: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT: Polygon = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
CORNER: Polygon = ((0.9, 0.8), (1.0, 0.8), (1.0, 1.0), (0.9, 1.0))


def entrance(**changes: Any) -> Camera:
    return camera(camera_id="entrance", store_id="berlin-1", **changes)


@cache
def frame() -> PreviewFrame:
    pixels = SimulatedCamera("entrance").frame(1_700_000_000)
    return still(cv2.imencode(".jpg", pixels)[1].tobytes(), "a frame", "14:05 CET, from GetImages")


class ThreePeople:
    """Detects people on the left, in the lower right corner and, below the threshold, on the right."""

    name = "three"

    def __init__(self) -> None:
        self.detections = 0

    def detect(self, image: Image) -> list[Detection]:
        """The same three people in any image."""
        self.detections += 1
        return [
            Detection(99.0, 0.1, 0.2, 0.1, 0.5),
            Detection(97.5, 0.9, 0.4, 0.1, 0.5),
            Detection(88.0, 0.6, 0.2, 0.1, 0.5),
        ]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class ServedPreview:
    """The server, its registry and detector, and a client that sends the headers of the page by default."""

    url: str
    registry: CameraRegistry
    detector: ThreePeople
    done: Event

    def reset(self) -> None:
        """The registry with camera `entrance` alone, which has two zones and an ignore area; not done."""
        dynamodb = self.registry._dynamodb
        if "cameras" in dynamodb.list_tables()["TableNames"]:
            dynamodb.delete_table(TableName="cameras")
        create_camera_table(dynamodb)
        self.registry.add(entrance(zones={"left": LEFT, "right": RIGHT}, ignore={"corner": CORNER}))
        self.done.clear()

    def ask(self, method: str, path: str, body: Any = None, /, **headers: str | None) -> Answer:
        """Send a request; header names have `_` for `-`, and None leaves a header out."""
        place = urlsplit(self.url).netloc
        sent = {"Host": place, "Authorization": f"Bearer {TOKEN}", "Sec-Fetch-Site": "same-origin"}
        sent |= {} if method == "GET" else {"Origin": self.url}
        for name, value in headers.items():
            sent[name.replace("_", "-")] = value or ""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(place, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True)
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(data or b"")))
            connection.endheaders(data)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


@contextmanager
def served(port: int = 0) -> Iterator[ServedPreview]:
    """The preview of camera `entrance`; `reset` it first."""
    with mock_aws():
        registry = CameraRegistry(boto3.client("dynamodb", region_name="us-east-1"), "cameras")
        detector, done = ThreePeople(), Event()
        session = PreviewSession("entrance", frame(), registry, detector, lambda: NOW, done)
        app = ThreadedApp(lambda url: make_app(session, url, TOKEN), port)
        app.start()
        try:
            yield ServedPreview(app.url, registry, detector, done)
        finally:
            app.stop()


def zone(name: str, corners: Polygon, kind: str = "zone") -> dict[str, Any]:
    """A polygon as the page sends it."""
    return {"kind": kind, "name": name, "corners": corners}
