"""`occupancy camera view`: the command; it imports `infra.cli.view`, which implements it, when called."""

from pathlib import Path

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.terminal.detector_option import detector_option
from infra.cli.terminal.extras import imported
from infra.cli.terminal.stopping import stoppable


@click.command()
@click.argument("camera_id", metavar="CAMERA")
@click.option(
    "--from-file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PICTURE|VIDEO",
    help="Show a JPEG, a PNG or the first frame of a video instead of the stream.",
)
@detector_option
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="The port of the page; 0: any free port."
)
@click.option(
    "--png",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the frame with its zones (and, with --detector, people) to a file; open no page.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address of the page.")
@on_stack
@stoppable
def view(  # noqa: PLR0913 - one argument for each option
    deployment: Deployment,
    camera_id: str,
    file: Path | None,
    detector: str | None,
    port: int,
    png: Path | None,
    *,
    no_browser: bool,
) -> int:
    """Show what a camera sees, and draw its zones.

    The command holds one current frame in memory and serves it on a page that only this machine can open,
    until Ctrl-C or Done on the page. The page saves the zones and ignore areas drawn on it to the registry.
    """
    preview = imported("infra.cli.view.preview", "camera view", "local")
    shown = preview.take(deployment, camera_id, file)
    if png:
        preview.write_png(shown, png, detector)
    else:
        preview.serve(deployment, shown, preview.PageOptions(detector, port, browser=not no_browser))
    return 0
