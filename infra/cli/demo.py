"""`occupancy demo`: runs the whole chain on one machine and gives a verdict."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from infra.cli.local_options import history_options, past_request, port_option
from infra.cli.terminal.console import console
from infra.cli.terminal.detector_option import detector_option
from infra.cli.terminal.stopping import STOPPED, stoppable
from infra.cli.terminal.whole_file import whole_file
from infra.local.demo.faults import FAULTS
from infra.local.demo.late_frame import LATE_CAMERA
from infra.local.demo.run import run
from infra.local.demo.screen import Screen, summary
from infra.local.demo.settings import Settings
from infra.local.journal import LOGS, journal, new_path
from infra.local.rekognition.detectors.loading import load_detector
from infra.local.simulated_store.cameras.media import StoreCamera
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from infra.local.simulated_store.cameras.video import VideoSource
from infra.local.simulated_store.deeplens_unit import SimulatedUnit
from ingest.registry.camera import NAME, Mode

SIMULATED = {
    "entrance": Mode.AUTO,
    "aisle": Mode.IMAGES,
    "till": Mode.FRAGMENTS,
    "window": Mode.MEDIA,
}
"""The simulated cameras by name, one for each mode."""

PAGE = LOGS.parent / "report.html"
"""The report of the latest demo."""

SNAPSHOTS = "stockroom"
"""The camera without video, whose pictures the gateway sends."""

UNITS = ("deeplens", *(f"deeplens-{number}" for number in range(2, 5)))


class NamedVideo(click.ParamType[VideoSource]):
    """`NAME=<file|url|device>`."""

    name = "name=video"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> VideoSource:
        """The video source that the option names."""
        name, _, address = str(value).partition("=")
        if not NAME.fullmatch(name) or not address:
            self.fail(
                f"{value!r} is not of the form NAME=<file|url|device>, NAME of a-z, 0-9 and '-'", param, ctx
            )
        return VideoSource(name, address)


@click.command()
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="How long the demo runs [default: until Ctrl-C].",
)
@click.option(
    "--cameras",
    "number",
    default=len(SIMULATED),
    show_default=True,
    type=click.IntRange(1, 16),
    help="The number of cameras.",
)
@click.option(
    "--camera",
    "videos",
    multiple=True,
    type=NamedVideo(),
    help="Real video instead of a simulated camera: a file (it loops), an address or a webcam (repeatable).",
)
@click.option(
    "--units", default=1, show_default=True, type=click.IntRange(0, 4), help="The number of DeepLens units."
)
@click.option(
    "--gateway",
    is_flag=True,
    help="Send the cameras as RTSP cameras, and one without video, through the store gateway.",
)
@click.option(
    "--seed", default=0, show_default=True, help="The seed of the simulation: another seed, other visitors."
)
@click.option(
    "--sample-every",
    default=2,
    show_default=True,
    type=click.IntRange(1, 840),
    metavar="SECONDS",
    help="The interval of the sample instants.",
)
@click.option(
    "--tick",
    default=2.0,
    show_default=True,
    type=click.FloatRange(min=0.5),
    metavar="SECONDS",
    help="How often the schedule runs; in AWS it runs every minute.",
)
@detector_option
@port_option(0)
@history_options
@click.option("--fault", type=click.Choice(FAULTS), hidden=True)
@stoppable
def demo(  # noqa: PLR0913, PLR0917 - one argument for each option
    seconds: float | None,
    number: int,
    videos: tuple[VideoSource, ...],
    units: int,
    gateway: bool,
    seed: int,
    sample_every: int,
    tick: float,
    detector: str | None,
    port: int,
    history: timedelta | None,
    history_truth: Path | None,
    fault: str | None,
) -> int:
    """Run the whole chain on this machine: cameras, the deployed code, rows and a verdict."""
    return _judged(
        _distinct(
            Settings(
                cameras=cameras(number, videos, seed),
                detector=load_detector(detector),
                modes=SIMULATED,
                units=[SimulatedUnit(name, seed) for name in UNITS[:units]],
                gateway=gateway,
                snapshots=[SnapshotCamera(SNAPSHOTS, seed)] if gateway else (),
                sample_every=sample_every,
                tick=timedelta(seconds=tick),
                seconds=seconds,
                port=port,
                fault=fault,
                past=past_request(history, history_truth, seed),
            )
        )
    )


def _distinct(settings: Settings) -> Settings:
    """Return `settings`. Raises UsageError if --camera uses the name of a unit or of the snapshot camera."""
    names = [*(camera.name for camera in settings.shown), LATE_CAMERA]
    if twice := [name for name in names if names.count(name) > 1]:
        raise click.UsageError(
            f"--camera {twice[0]!r}: the demo already has a camera of that name, choose another"
        )
    return settings


def _judged(settings: Settings) -> int:
    """Run and show the demo, print its verdict, and return the exit code."""
    terminal = console()
    screen = Screen(terminal)
    path = new_path("demo", datetime.now(UTC), os.getpid())
    # All output is inside the journal: what still runs must not log to the terminal.
    with journal(path):
        try:
            with screen:
                end = run(settings, screen.show)
        except KeyboardInterrupt:
            what = "the verdict" if screen.counted else "anything was counted"
            terminal.print(f"Stopped before {what}.")
            return STOPPED
        terminal.print(summary(end))
        terminal.print(f"Log of the functions: {path}", soft_wrap=True)
    with whole_file(PAGE) as file:
        file.write(end.page.encode())
    terminal.print(f"Report of what was counted: open {PAGE}", soft_wrap=True)
    return 1 if end.broken else 0


def cameras(number: int, videos: tuple[VideoSource, ...], seed: int) -> list[StoreCamera]:
    """The videos, and simulated cameras up to `number`. Raises UsageError if a name is given twice."""
    taken = [video.name for video in videos]
    if len(set(taken)) < len(taken):
        raise click.UsageError(f"--camera uses a name twice, of {taken}: give each its own name")
    names = [*SIMULATED, *(f"camera-{index}" for index in range(len(SIMULATED) + 1, 100))]
    simulated = [name for name in names if name not in taken]
    chosen: list[StoreCamera] = [*videos]
    chosen += [SimulatedCamera(name, seed) for name in simulated[: max(0, number - len(videos))]]
    return chosen
