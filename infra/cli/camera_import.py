"""`occupancy camera import`: a shop's cameras out of one CSV file, looked at first, written together."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from infra.cli.camera_csv import Mistake, read_csv
from infra.cli.camera_plan import Kind, Step, plan
from infra.cli.camera_views import import_table
from infra.cli.console import say, warn
from infra.cli.deployment import Deployment, on_stack
from infra.cli.moments import show_time
from infra.cli.streams import StreamUnusable
from ingest.cameras import InvalidCamera
from ingest.errors import OccupancyError
from ingest.registry import CameraChanged, CameraExists
from ingest.registry_items import RegisteredCamera
from ingest.times import next_quarter


class MistakesInFile(OccupancyError):
    """A file of which nothing was written, with all that is wrong with it."""

    def __init__(self, path: str, mistakes: Iterable[Mistake]) -> None:
        ordered = sorted(mistakes, key=lambda mistake: mistake.line)
        count = "1 mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
        super().__init__(
            "\n".join([f"{path} has {count}, nothing was written:", *(f"  {one}" for one in ordered)])
        )


class UnreadableFile(OccupancyError):
    """A file that is not there or is no text."""


class ImportIncomplete(OccupancyError):
    """Some cameras could not be written; importing the file again goes on with them."""


@click.command(name="import")
@click.argument("path", metavar="CAMERAS.CSV")
@click.option("--apply", "write", is_flag=True, help="Write it; without, only the difference is shown.")
@click.option(
    "--create-streams",
    "--create-stream",
    is_flag=True,
    help="Create the KVS streams that are missing, with 24 h retention.",
)
@on_stack
def import_cameras(deployment: Deployment, path: str, *, write: bool, create_streams: bool) -> None:
    """Add and change cameras as a CSV file says.

    The first line names the columns: camera_id and any settings, as `camera list --csv` writes them. An empty
    cell is the setting's default; a setting without a column stays. Cameras that are not in the file stay.
    """
    now = deployment.clock.now()
    lines, mistakes = read_csv(_read_file(path))
    steps, more = plan(lines, _registered(deployment), now)
    missing, unusable = _missing_streams(deployment, steps, create=create_streams)
    mistakes += more + unusable
    if mistakes:
        raise MistakesInFile(path, mistakes)
    _show(deployment, steps, missing, now)
    if write:
        _write(deployment, steps, missing, now)
    elif missing or any(step.kind is not Kind.SAME for step in steps):
        say("Nothing is written yet: add --apply to write it.")


def _registered(deployment: Deployment) -> dict[str, RegisteredCamera | InvalidCamera]:
    return {
        one.camera_id if isinstance(one, InvalidCamera) else one.camera.camera_id: one
        for one in deployment.registry.scan()
    }


def _missing_streams(
    deployment: Deployment, steps: Iterable[Step], *, create: bool
) -> tuple[list[str], list[Mistake]]:
    """The streams to create; a stream that is missing without `create`, or being deleted, is a mistake."""
    missing: list[str] = []
    mistakes: list[Mistake] = []
    for step in steps:
        name = step.after.stream_name
        if name is None or (step.before and step.before.camera.stream_name == name and not create):
            continue
        try:
            if not create:
                deployment.streams.require(name)
            elif not deployment.streams.exists(name):
                missing.append(name)
        except StreamUnusable as error:
            mistakes.append(Mistake(step.line, str(error)))
    return missing, mistakes


def _show(deployment: Deployment, steps: list[Step], missing: list[str], now: datetime) -> None:
    counts = {kind: sum(step.kind is kind for step in steps) for kind in Kind}
    changed = [step for step in steps if step.kind is not Kind.SAME]
    if changed:
        starts = show_time(next_quarter(now), changed[0].after.sampling.time_zone)
        say(import_table((step.after.camera_id, step.kind.value, step.differences) for step in changed))
        if counts[Kind.CHANGE]:
            say(f"Changes of interval, hours, time zone and enabled take effect at {starts}.")
    say(f"{counts[Kind.ADD]} to add, {counts[Kind.CHANGE]} to change, {counts[Kind.SAME]} the same.")
    if missing:
        say(f"Streams to create, each with 24 h retention: {', '.join(missing)}.")
    for step in changed:
        if step.after.stream_name not in missing and (warning := deployment.streams.warning(step.after)):
            warn(warning)


def _write(deployment: Deployment, steps: list[Step], missing: list[str], now: datetime) -> None:
    for name in missing:
        deployment.streams.create(name)
    for name in missing:
        deployment.streams.wait_active(name)
    failed: list[str] = []
    for step in steps:
        try:
            if step.before is None:
                deployment.registry.add(step.after)
            elif step.kind is Kind.CHANGE:
                deployment.registry.change(step.before, step.after, now)
        except (CameraExists, CameraChanged) as error:
            failed.append(str(error))
    if failed:
        raise ImportIncomplete("\n".join([*failed, "all others were written; import the file again"]))
    say("Written.")


def _read_file(path: str) -> str:
    try:
        # Excel writes a byte order mark.
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is no UTF-8 text: save it as CSV UTF-8") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
