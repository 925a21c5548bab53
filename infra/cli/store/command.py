"""`occupancy store`: the commands for the stores."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

import click

from counter.stores.day_marks import ALL_CAMERAS
from counter.stores.store import InvalidStore, Store, of_cameras
from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.store.cameras import cameras_of, require_zone, take_zone
from infra.cli.store.settings import changed_store, new_store, read_day, setting_texts, store_values
from infra.cli.store.unknown_cameras import unknown_cameras
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.tables import new_grid, new_table
from infra.cli.terminal.texts import counted, listed
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.times import QUARTER_HOUR, show_time

LONGEST_REBUILD = timedelta(days=400)


class UnknownStore(OccupancyError):
    """No store has that name."""

    def __init__(self, store_id: str, known: list[str]) -> None:
        near = get_close_matches(store_id, known)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `occupancy store list`"
        super().__init__(f"store {store_id!r} has no entry: {hint}")


class InvalidSpan(OccupancyError):
    """Days that cannot be built again."""


@click.group()
def store() -> None:
    """Manage the stores: time zone, trading day, excluded days, country, targets."""


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option("--name", metavar="TEXT", help="How reports call the store."),
        click.option("--time-zone", metavar="ZONE", callback=not_empty, help="Such as Europe/Berlin."),
        click.option(
            "--day-starts", metavar="HH:MM", help="What is before belongs to the day before [default: 00:00]."
        ),
        click.option("--country", metavar="CODE", help="ISO 3166-1, such as DE."),
        click.option("--subdivision", metavar="CODE", help="Its region, by ISO 3166-2, such as DE-BY."),
        click.option("--currency", metavar="CODE", help="ISO 4217, such as EUR."),
        click.option("--language", metavar="TAG", help="BCP 47, such as de."),
        click.option("--exclude", multiple=True, metavar="DAY=REASON", help="Not a usual day (repeatable)."),
        click.option(
            "--target", multiple=True, metavar="NAME=VALUE", help="Such as conversion=0.25 (repeatable)."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@store.command()
@click.argument("store_id", metavar="STORE")
@_settings
@on_stack
def add(deployment: Deployment, store_id: str, **options: Any) -> None:
    """Add a store. Its time zone is that of its cameras unless you give it."""
    now = deployment.clock.now()
    cameras = cameras_of(deployment.registry, store_id)
    zone = options["time_zone"] or of_cameras(store_id, [item.camera for item in cameras]).time_zone
    added = new_store(store_id, zone, options, now)
    require_zone(added, cameras)
    deployment.stores.add(added)
    say(f"Store {store_id} is added.", _grid(added))


@store.command(name="set")
@click.argument("store_id", metavar="STORE")
@_settings
@click.option("--no-exclude", multiple=True, metavar="DAY", help="A usual day after all (repeatable).")
@click.option("--no-target", multiple=True, metavar="NAME", help="Remove a target (repeatable).")
@on_stack
def set_store(deployment: Deployment, store_id: str, **options: Any) -> None:
    """Change settings of a store.

    A new time zone begins at the store's next midnight, for the store and all its cameras; earlier days keep
    theirs.
    """
    now = deployment.clock.now()
    if not any(value not in (None, ()) for value in options.values()):
        raise click.UsageError("give at least one setting to change")
    before = _existing(deployment, store_id)
    after = changed_store(before, options, now)
    if after != before:
        deployment.stores.change(before, after)
    moved = 0
    if options["time_zone"]:
        moved = take_zone(deployment.registry, after, cameras_of(deployment.registry, store_id), now)
    if after == before and not moved:
        say(f"Store {store_id} already has these settings.")
        return
    say(f"Store {store_id} is changed.", _grid(after))
    if options["time_zone"]:
        start = after.calendar.start_of(after.calendar.day_of(now) + timedelta(days=1))
        text = show_time(start, before.time_zone)
        say(f"{after.time_zone} begins at {text}, for {counted(moved, 'camera')}.")


@store.command()
@click.argument("store_id", metavar="STORE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@on_stack
def show(deployment: Deployment, store_id: str, *, as_json: bool) -> None:
    """Show one store."""
    found = _existing(deployment, store_id)
    if as_json:
        click.echo(json.dumps(store_values(found), indent=2))
    else:
        say(_grid(found))


@store.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@on_stack
def list_stores(deployment: Deployment, *, as_json: bool) -> None:
    """List all stores, with those that have cameras but no entry yet."""
    entries = deployment.stores.all()
    stores = [entry for entry in entries if isinstance(entry, Store)]
    for broken in entries:
        if isinstance(broken, InvalidStore):
            warn(str(broken))
    cameras = [item.camera for item in deployment.registry.scan() if not isinstance(item, InvalidCamera)]
    if as_json:
        click.echo(json.dumps([store_values(each) for each in stores], indent=2))
        return
    known = {entry.store_id for entry in entries}
    missing = sorted({camera.store_id for camera in cameras} - known)
    if not stores and not missing:
        say(f"Stack {deployment.stack.name} has no stores yet: see `occupancy store add --help`.")
        return
    table = new_table()
    for name in ("store", "name", "time zone", "cameras", "history"):
        table.add_column(name, overflow="fold")
    for each in stores:
        number = sum(camera.store_id == each.store_id for camera in cameras)
        table.add_row(each.store_id, each.name, each.time_zone, str(number), setting_texts(each)["history"])
    for store_id in missing:
        number = sum(camera.store_id == store_id for camera in cameras)
        table.add_row(store_id, "", "", str(number), "no entry yet")
    say(table)
    if missing:
        say("The closing adds missing entries within a quarter hour, or `occupancy store add` does.")


@store.command()
@click.argument("store_id", metavar="STORE")
@click.option("--from", "first", required=True, metavar="DAY", callback=not_empty, help="The first day.")
@click.option("--to", "last", required=True, metavar="DAY", callback=not_empty, help="The last day.")
@click.option(
    "--camera", "cameras", multiple=True, metavar="CAMERA", help="A removed camera to look for (repeatable)."
)
@on_stack
def rebuild(deployment: Deployment, store_id: str, first: str, last: str, cameras: tuple[str, ...]) -> None:
    """Have the closing build the history of some days again, from their roll-ups.

    For files that were damaged or deleted. The cameras are those of the registry and of the file; name
    those that were removed since with --camera.
    """
    found = _existing(deployment, store_id)
    days = _days(first, last, found, deployment)
    for day in days:
        start, end = found.calendar.start_of(day), found.calendar.end_of(day)
        quarters = [start + number * QUARTER_HOUR for number in range((end - start) // QUARTER_HOUR)]
        for camera_id in cameras or (ALL_CAMERAS,):
            deployment.marks.mark(store_id, camera_id, quarters)
    say(f"{counted(len(days), 'day')} of store {store_id} will be built again by the next closing.")
    if unknown := unknown_cameras(deployment, store_id, days, cameras):
        warn(
            f"nothing knows {listed(unknown)}: not the registry, no roll-up of store {store_id} and no file"
            " of these days; check the spelling"
        )


def _days(first: str, last: str, found: Store, deployment: Deployment) -> list[date]:
    try:
        start, end = read_day(first), read_day(last)
    except ValueError as error:
        raise InvalidSpan(str(error)) from error
    today = found.calendar.day_of(deployment.clock.now())
    if end < start:
        raise InvalidSpan(f"--to {end} is before --from {start}: exchange them")
    if end >= today:
        raise InvalidSpan(
            f"--to {end} is not over: the last day that has a history is {today - timedelta(days=1)}"
        )
    if end - start >= LONGEST_REBUILD:
        raise InvalidSpan(f"{start} to {end} is more than {LONGEST_REBUILD.days} days: do it in parts")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _existing(deployment: Deployment, store_id: str) -> Store:
    found = deployment.stores.get(store_id)
    if found is None:
        raise UnknownStore(store_id, [entry.store_id for entry in deployment.stores.all()])
    return found


def _grid(found: Store) -> Any:
    return new_grid((name, text) for name, text in setting_texts(found).items() if text)
