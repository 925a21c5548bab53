"""A look at a camera: its frame taken, then served on a page or written to a file."""

import secrets
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from infra.cli.aws.deployment import Deployment
from infra.cli.terminal.console import say
from infra.cli.view.current import current_frame
from infra.cli.view.frame import Frame, from_file
from infra.cli.view.people import person, placed
from infra.cli.view.picture import drawn, png_bytes
from infra.cli.view.server import View, make_app
from infra.local.rekognition.detectors.loading import load_detector
from infra.local.wire.threaded_app import ThreadedApp
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, Source


class NothingToView(OccupancyError):
    """A push camera, which has no stream to look into."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(
            f"camera {camera_id!r} is a push camera and has no stream to look into: give a picture or a video"
            " of it by --from-file"
        )


class UnwritableFile(OccupancyError):
    """A file that cannot be written."""


@dataclass(frozen=True)
class Seen:
    """A camera and its frame."""

    camera: Camera
    frame: Frame


@dataclass(frozen=True)
class Page:
    """How the page is served: with which model, at which port, and whether a browser is opened."""

    detector: str | None
    port: int
    browser: bool


def take(deployment: Deployment, camera_id: str, file: Path | None) -> Seen:
    """The camera's current frame, or the file's. Raises OccupancyError where there is none."""
    camera = deployment.registry.get(camera_id).camera
    if file:
        return Seen(camera, from_file(file))
    if camera.source is Source.PUSH:
        raise NothingToView(camera_id)
    return Seen(camera, current_frame(deployment.video, camera, deployment.clock.now()))


def write_png(seen: Seen, path: Path, model: str | None) -> None:
    """The frame with the camera's polygons and, by a model, the people. Raises UnwritableFile."""
    found = load_detector(model).detect(seen.frame.pixels) if model else []
    people = placed(seen.camera, [person(one) for one in found])
    try:
        path.write_bytes(png_bytes(drawn(seen.frame.pixels, seen.camera, people)))
    except OSError as error:
        raise UnwritableFile(f"{path} cannot be written: {error.strerror}") from error
    say(f"{path}: camera {seen.camera.camera_id}, {seen.frame.origin}.")


def serve(deployment: Deployment, seen: Seen, page: Page) -> None:
    """Show the frame on a page of this machine, until it is done or Ctrl-C. Raises PortInUse."""
    view = View(
        seen.camera.camera_id,
        seen.frame,
        deployment.registry,
        load_detector(page.detector),
        deployment.clock.now,
        Event(),
    )
    token = secrets.token_urlsafe()
    server = ThreadedApp(lambda url: make_app(view, url, token), page.port)
    server.start()
    try:
        address = f"{server.url}/#{token}"
        say(f"Camera {view.camera_id}, {seen.frame.origin}:", f"  {address}", "Until Ctrl-C, or Done there.")
        if page.browser:
            webbrowser.open(address)
        view.done.wait()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        server.stop()
