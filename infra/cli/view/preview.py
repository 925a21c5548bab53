"""A preview of a camera: takes a frame, then serves it on a page or writes it to a file."""

import secrets
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from infra.cli.aws.deployment import Deployment
from infra.cli.terminal.console import say
from infra.cli.view.current import current_frame
from infra.cli.view.frame import PreviewFrame, from_file
from infra.cli.view.people import person, placed
from infra.cli.view.picture import annotated, png_bytes
from infra.cli.view.server import PreviewSession, make_app
from infra.local.rekognition.detectors.loading import load_detector
from infra.local.wire.threaded_app import ThreadedApp
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, Source


class NothingToPreviewSession(OccupancyError):
    """A push camera, which has no stream."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(
            f"camera {camera_id!r} is a push camera and has no stream: give a picture or a video of it with"
            " --from-file"
        )


class UnwritableFile(OccupancyError):
    """A file that cannot be written."""


@dataclass(frozen=True)
class Preview:
    """A camera and a frame of it."""

    camera: Camera
    frame: PreviewFrame


@dataclass(frozen=True)
class PageOptions:
    """How the page is served: the detector's model, the port, and whether to open a browser."""

    detector: str | None
    port: int
    browser: bool


def take(deployment: Deployment, camera_id: str, file: Path | None) -> Preview:
    """The camera with its current frame or that of the file. Raises OccupancyError if there is none."""
    camera = deployment.registry.get(camera_id).camera
    if file:
        return Preview(camera, from_file(file))
    if camera.source is Source.PUSH:
        raise NothingToPreviewSession(camera_id)
    return Preview(camera, current_frame(deployment.video, camera, deployment.clock.now()))


def write_png(preview: Preview, path: Path, model: str | None) -> None:
    """Write the frame with the polygons and, if a model is given, the people. Raises UnwritableFile."""
    found = load_detector(model).detect(preview.frame.pixels) if model else []
    people = placed(preview.camera, [person(detection) for detection in found])
    try:
        path.write_bytes(png_bytes(annotated(preview.frame.pixels, preview.camera, people)))
    except OSError as error:
        raise UnwritableFile(f"{path} cannot be written: {error.strerror}") from error
    say(f"{path}: camera {preview.camera.camera_id}, {preview.frame.origin}.")


def serve(deployment: Deployment, preview: Preview, page: PageOptions) -> None:
    """Serve the frame on a local page until Done on the page or Ctrl-C. Raises PortInUse."""
    session = PreviewSession(
        preview.camera.camera_id,
        preview.frame,
        deployment.registry,
        load_detector(page.detector),
        deployment.clock.now,
        Event(),
    )
    token = secrets.token_urlsafe()
    server = ThreadedApp(lambda url: make_app(session, url, token), page.port)
    server.start()
    try:
        address = f"{server.url}/#{token}"
        say(
            f"Camera {session.camera_id}, {preview.frame.origin}:",
            f"  {address}",
            "Press Ctrl-C here or Done there to end.",
        )
        if page.browser:
            webbrowser.open(address)
        session.done.wait()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        server.stop()
