"""`occupancy camera view`: the command alone; what it does lies in `infra.cli.view`, imported when called."""

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
    help="A JPEG, a PNG or a video's first frame instead of the stream's.",
)
@detector_option
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="Where the page is served; 0: any free one."
)
@click.option(
    "--png",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="No page: write the frame with the zones drawn on it and, with --detector, the people.",
)
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
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
    """See what a camera sees, and draw its zones.

    One current frame, held in memory only, on a page that this machine alone can open, until Ctrl-C or the
    page's Done. Zones and ignore areas drawn on it are saved to the registry.
    """
    look = imported("infra.cli.view.preview", "camera view", "local")
    seen = look.take(deployment, camera_id, file)
    if png:
        look.write_png(seen, png, detector)
    else:
        look.serve(deployment, seen, look.Page(detector, port, browser=not no_browser))
    return 0
