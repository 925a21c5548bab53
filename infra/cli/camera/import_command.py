"""`occupancy camera import`: the cameras of one CSV file, shown first and then written together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from counter.stores.store import Store
from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.aws.streams import (
    RETENTION_HOURS,
    StreamState,
    StreamUnusable,
    deleting_streams,
    missing_streams,
)
from infra.cli.camera.capacity import require_image_cap, warn_of_shortages
from infra.cli.camera.csv_file import Mistake, mistake_texts, read_csv
from infra.cli.camera.import_plan import ImportAction, ImportStep, plan
from infra.cli.camera.leaving import mark_left
from infra.cli.camera.store_zone import zone_clashes
from infra.cli.camera.tables import import_table
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.texts import counted
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import CameraChanged, CameraExists
from ingest.times import next_quarter, show_time


class MistakesInFile(OccupancyError):
    """A file with mistakes, of which nothing was written; names all mistakes, also those of its streams."""

    def __init__(self, path: str, mistakes: Collection[Mistake], stream_problems: Iterable[str]) -> None:
        count = counted(len(mistakes), "mistake")
        problems = [*mistake_texts(mistakes), *stream_problems]
        super().__init__(
            "\n".join([f"{path} has {count}, nothing was written:", *(f"  {text}" for text in problems)])
        )


@dataclass(frozen=True)
class NeededStreams:
    """The streams of a file's cameras that cannot be read now."""

    missing: tuple[str, ...]
    deleting: tuple[str, ...]

    def problems(self, *, create: bool) -> list[str]:
        """Why nothing can be written; with `create`, missing streams are not a problem."""
        missing = [missing_streams(self.missing)] if self.missing and not create else []
        return missing + ([deleting_streams(self.deleting)] if self.deleting else [])


class UnreadableFile(OccupancyError):
    """A file that does not exist or is not text."""


class ImportIncomplete(OccupancyError):
    """Some cameras could not be written; importing the file again writes them."""


@click.command(name="import")
@click.argument("path", metavar="CAMERAS.CSV")
@click.option("--apply", "write", is_flag=True, help="Write the changes; without it they are only shown.")
@click.option(
    "--create-streams",
    "--create-stream",
    is_flag=True,
    help="Create missing KVS streams, with 24 h retention.",
)
@on_stack
def import_cameras(deployment: Deployment, path: str, *, write: bool, create_streams: bool) -> None:
    """Add and change cameras from a CSV file.

    The first line names the columns: camera_id and any settings, as `camera list --csv` writes them. An empty
    cell sets the default; settings without a column and cameras that are not in the file stay as they are.
    """
    now = deployment.clock.now()
    lines, mistakes = read_csv(_read_file(path))
    registered = _registered(deployment)
    steps, more = plan(lines, registered, now)
    more += _zone_mistakes(deployment, steps, registered)
    needed = _needed_streams(deployment, steps, create=create_streams)
    problems = needed.problems(create=create_streams)
    if mistakes or more:
        raise MistakesInFile(path, [*mistakes, *more], problems)
    require_image_cap(deployment, [step.after for step in steps if step.action is not ImportAction.SAME])
    if write and problems:
        raise StreamUnusable("; ".join([*problems, "nothing was written"]))
    missing = needed.missing if create_streams else ()
    _show(deployment, steps, now)
    if missing:
        say(f"Streams to create, each with {RETENTION_HOURS} h retention: {', '.join(missing)}.")
    if write:
        _write(deployment, steps, missing, now)
    if any(step.action is not ImportAction.SAME for step in steps):
        warn_of_shortages(deployment, now, [step.after for step in steps])
    if write:
        return
    for problem in problems:
        say(f"{problem}.")
    if missing or any(step.action is not ImportAction.SAME for step in steps):
        say("Nothing has been written: add --apply to write it.")


def _zone_mistakes(
    deployment: Deployment, steps: list[ImportStep], registered: dict[str, RegisteredCamera | InvalidCamera]
) -> list[Mistake]:
    """New and moved cameras, and those with another time zone, must have that of their store."""
    changed = {
        step.after.camera_id: step
        for step in steps
        if step.before is None
        or (step.before.camera.store_id, step.before.camera.sampling.time_zone)
        != (step.after.store_id, step.after.sampling.time_zone)
    }
    stores = {entry.store_id: entry for entry in deployment.stores.all() if isinstance(entry, Store)}
    others = [item for camera_id, item in registered.items() if camera_id not in changed]
    clashes = zone_clashes([step.after for step in changed.values()], stores, others)
    return [Mistake(changed[camera_id].line, problem, camera_id) for camera_id, problem in clashes.items()]


def _registered(deployment: Deployment) -> dict[str, RegisteredCamera | InvalidCamera]:
    return {
        item.camera_id if isinstance(item, InvalidCamera) else item.camera.camera_id: item
        for item in deployment.registry.scan()
    }


def _needed_streams(deployment: Deployment, steps: Iterable[ImportStep], *, create: bool) -> NeededStreams:
    """The unusable streams: of cameras whose stream is new and, with `create`, of all cameras."""
    names = dict.fromkeys(
        step.after.stream_name
        for step in steps
        if create or step.before is None or step.before.camera.stream_name != step.after.stream_name
    )
    states = {name: deployment.streams.state(name) for name in names if name}
    return NeededStreams(
        missing=tuple(name for name, state in states.items() if state is StreamState.MISSING),
        deleting=tuple(name for name, state in states.items() if state is StreamState.DELETING),
    )


def _show(deployment: Deployment, steps: list[ImportStep], now: datetime) -> None:
    counts = {action: sum(step.action is action for step in steps) for action in ImportAction}
    changed = [step for step in steps if step.action is not ImportAction.SAME]
    if changed:
        starts = show_time(next_quarter(now), changed[0].after.sampling.time_zone)
        say(
            import_table((step.after.camera_id, step.action.value, step.differences(now)) for step in changed)
        )
        if counts[ImportAction.CHANGE]:
            say(f"Changes of interval, hours, time zone and enabled take effect at {starts}.")
    say(
        f"{counts[ImportAction.ADD]} to add, {counts[ImportAction.CHANGE]} to change,"
        f" {counts[ImportAction.SAME]} unchanged."
    )
    if warning := deployment.streams.warning(step.after for step in changed):
        warn(warning)


def _write(deployment: Deployment, steps: list[ImportStep], missing: Collection[str], now: datetime) -> None:
    for name in missing:
        deployment.streams.create(name)
    for name in missing:
        deployment.streams.wait_active(name)
    failed: list[str] = []
    for step in steps:
        try:
            if step.before is None:
                deployment.registry.add(step.after)
            elif step.action is ImportAction.CHANGE:
                deployment.registry.change(step.before, step.after, now)
                if step.before.camera.store_id != step.after.store_id:
                    mark_left(deployment.marks, step.before, now)
        except (CameraExists, CameraChanged) as error:
            failed.append(str(error))
    if failed:
        raise ImportIncomplete("\n".join([*failed, "all other cameras were written; import the file again"]))
    say("Written.")


def _read_file(path: str) -> str:
    try:
        # Excel writes a byte order mark.
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not UTF-8 text: save it as CSV UTF-8") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
