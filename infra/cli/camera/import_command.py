"""`occupancy camera import`: a shop's cameras out of one CSV file, looked at first, written together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.aws.streams import RETENTION_HOURS, State, StreamUnusable, dying_streams, missing_streams
from infra.cli.camera.csv_file import Mistake, mistake_texts, read_csv
from infra.cli.camera.import_plan import Kind, Step, plan
from infra.cli.camera.tables import import_table
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.times import show_time
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraChanged, CameraExists
from ingest.times import next_quarter


class MistakesInFile(OccupancyError):
    """A file of which nothing was written, with all that is wrong with it and with its streams."""

    def __init__(self, path: str, mistakes: Collection[Mistake], of_streams: Iterable[str]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        told = [*mistake_texts(mistakes), *of_streams]
        super().__init__(
            "\n".join([f"{path} has {count}, nothing was written:", *(f"  {one}" for one in told)])
        )


@dataclass(frozen=True)
class NeededStreams:
    """The streams of a file's cameras that cannot be read as they are."""

    missing: tuple[str, ...]
    deleting: tuple[str, ...]

    def problems(self, *, create: bool) -> list[str]:
        """Why nothing can be written, missing streams being created or not."""
        missing = [missing_streams(self.missing)] if self.missing and not create else []
        return missing + ([dying_streams(self.deleting)] if self.deleting else [])


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
    needed = _needed_streams(deployment, steps, create=create_streams)
    problems = needed.problems(create=create_streams)
    if mistakes or more:
        raise MistakesInFile(path, [*mistakes, *more], problems)
    if write and problems:
        raise StreamUnusable("; ".join([*problems, "nothing was written"]))
    missing = needed.missing if create_streams else ()
    _show(deployment, steps, now)
    if missing:
        say(f"Streams to create, each with {RETENTION_HOURS} h retention: {', '.join(missing)}.")
    if write:
        _write(deployment, steps, missing, now)
        return
    for problem in problems:
        say(f"{problem}.")
    if missing or any(step.kind is not Kind.SAME for step in steps):
        say("Nothing is written yet: add --apply to write it.")


def _registered(deployment: Deployment) -> dict[str, RegisteredCamera | InvalidCamera]:
    return {
        one.camera_id if isinstance(one, InvalidCamera) else one.camera.camera_id: one
        for one in deployment.registry.scan()
    }


def _needed_streams(deployment: Deployment, steps: Iterable[Step], *, create: bool) -> NeededStreams:
    """What the streams lack: those that are new to their camera, and with `create` all."""
    names = dict.fromkeys(
        step.after.stream_name
        for step in steps
        if create or step.before is None or step.before.camera.stream_name != step.after.stream_name
    )
    states = {name: deployment.streams.state(name) for name in names if name}
    return NeededStreams(
        missing=tuple(name for name, state in states.items() if state is State.MISSING),
        deleting=tuple(name for name, state in states.items() if state is State.DELETING),
    )


def _show(deployment: Deployment, steps: list[Step], now: datetime) -> None:
    counts = {kind: sum(step.kind is kind for step in steps) for kind in Kind}
    changed = [step for step in steps if step.kind is not Kind.SAME]
    if changed:
        starts = show_time(next_quarter(now), changed[0].after.sampling.time_zone)
        say(import_table((step.after.camera_id, step.kind.value, step.differences(now)) for step in changed))
        if counts[Kind.CHANGE]:
            say(f"Changes of interval, hours, time zone and enabled take effect at {starts}.")
    say(f"{counts[Kind.ADD]} to add, {counts[Kind.CHANGE]} to change, {counts[Kind.SAME]} the same.")
    if warning := deployment.streams.warning(step.after for step in changed):
        warn(warning)


def _write(deployment: Deployment, steps: list[Step], missing: Collection[str], now: datetime) -> None:
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
