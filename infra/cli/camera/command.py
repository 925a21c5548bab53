"""`occupancy camera`: the commands for the camera registry."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import click

from counter.stores.store import Store
from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.aws.streams import RETENTION_HOURS, StreamUnusable
from infra.cli.camera.capacity import require_image_cap, warn_of_shortages
from infra.cli.camera.import_command import import_cameras
from infra.cli.camera.leaving import mark_left
from infra.cli.camera.lookup import readable_camera, registered_camera
from infra.cli.camera.options import merge_polygons, setting_options, texts_of
from infra.cli.camera.senders import require_own_sender
from infra.cli.camera.settings import (
    COLUMNS,
    changed_camera,
    differences,
    first_settings,
    new_camera,
    setting_texts,
)
from infra.cli.camera.store_zone import of_registered, require_zone_of, store_of
from infra.cli.camera.tables import (
    camera_grid,
    camera_values,
    cameras_table,
    differences_table,
    pending_text,
    settings_grid,
)
from infra.cli.camera.tag_command import tag_streams
from infra.cli.camera.upload_command import upload_policy
from infra.cli.camera.view_command import view
from infra.cli.terminal.console import console, say, warn
from infra.cli.terminal.times import OPENING_HOURS_PERIOD, option_time
from ingest.registry.camera import Camera, InvalidCamera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import CameraExists, UnknownCamera
from ingest.times import next_quarter, show_time


class InOrder(click.Group):
    """Lists its commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands, in the order in which they were added."""
        return list(self.commands)


@click.group(cls=InOrder)
def camera() -> None:
    """Manage the camera registry: which cameras there are, and how and when they are counted."""


@camera.command()
@click.argument("camera_id", metavar="CAMERA")
@setting_options
@click.option("--disabled", is_flag=True, help="Register the camera, but do not count it yet.")
@on_stack
def add(deployment: Deployment, camera_id: str, **options: Any) -> None:
    """Register a camera.

    It is counted from now on, or from --since.
    """
    now = deployment.clock.now()
    options["enabled"] = False if options.pop("disabled") else None
    texts = texts_of(options)
    store = store_of(deployment.stores, deployment.registry, texts.get("store_id", ""))
    if store:
        texts.setdefault("time_zone", store.time_zone)
    added = new_camera(camera_id, texts, now)
    require_zone_of(store, added)
    _require_new(deployment, camera_id)
    require_own_sender(deployment.registry, added)
    require_image_cap(deployment, [added])
    _provide_stream(deployment, added, create=options["create_stream"])
    deployment.registry.add(added)
    say(f"Camera {camera_id} is registered.", settings_grid(first_settings(added)))
    say(_first_instant(added))
    warn_of_shortages(deployment, now)


@camera.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with times in UTC.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the CSV file that `camera import` reads.")
@on_stack
def list_cameras(deployment: Deployment, *, as_json: bool, as_csv: bool) -> None:
    """List all cameras, by store."""
    now = deployment.clock.now()
    found = list(deployment.registry.scan())
    cameras = sorted(
        (item for item in found if isinstance(item, RegisteredCamera)),
        key=lambda item: item.camera.camera_id,
    )
    for broken in found:
        if isinstance(broken, InvalidCamera):
            warn(str(broken))
    if as_json:
        click.echo(json.dumps([camera_values(item, now) for item in cameras], indent=2))
    elif as_csv:
        click.echo(_csv([item.camera for item in cameras]), nl=False)
    elif cameras:
        say(cameras_table(cameras, now, width=console().width))
    else:
        say(f"Stack {deployment.stack.name} has no cameras yet: see `occupancy camera add --help`.")


@camera.command()
@click.argument("camera_id", metavar="CAMERA")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with times in UTC.")
@on_stack
def show(deployment: Deployment, camera_id: str, *, as_json: bool) -> None:
    """Show one camera.

    Shows its settings, their pending and previous changes, and how far it has been pulled and closed.
    """
    now = deployment.clock.now()
    registered = registered_camera(deployment.registry, camera_id)
    if as_json:
        click.echo(json.dumps(camera_values(registered, now), indent=2))
    else:
        say(camera_grid(registered, now))


@camera.command(name="set")
@click.argument("camera_id", metavar="CAMERA")
@setting_options
@click.option("--enable/--disable", "enabled", default=None, help="Start or pause counting.")
@click.option("--no-zone", multiple=True, metavar="NAME", help="Remove a zone (repeatable).")
@click.option("--no-ignore", multiple=True, metavar="NAME", help="Remove an ignore area (repeatable).")
@on_stack
def set_camera(deployment: Deployment, camera_id: str, **options: Any) -> None:
    """Change settings of a camera.

    Only the given settings change. Interval, hours, time zone and pausing take effect at the next quarter
    hour, all others at once.
    """
    now = deployment.clock.now()
    before = registered_camera(deployment.registry, camera_id)
    removed = {"zones": options["no_zone"], "ignore": options["no_ignore"]}
    texts = merge_polygons(texts_of(options), before.camera, removed)
    if not texts and not options["create_stream"]:
        raise click.UsageError("give at least one setting to change")
    after = changed_camera(before.camera, texts, now)
    if (after.store_id, after.sampling.time_zone) != (
        before.camera.store_id,
        before.camera.sampling.time_zone,
    ):
        require_zone_of(_other_store(deployment, before.camera, after), after)
    if after.sender != before.camera.sender:
        require_own_sender(deployment.registry, after)
    require_image_cap(deployment, [after])
    if options["create_stream"] or after.stream_name != before.camera.stream_name:
        _provide_stream(deployment, after, create=options["create_stream"])
    if after == before.camera:
        say(f"Camera {camera_id} already has these settings.")
        return
    deployment.registry.change(before, after, now)
    if after.store_id != before.camera.store_id:
        mark_left(deployment.marks, before, now)
    starts = show_time(next_quarter(now), after.sampling.time_zone)
    say(f"Camera {camera_id} is changed.", differences_table(differences(before.camera, after, now), starts))
    replaced = pending_text(before.camera, now)
    if replaced and after.sampling != before.camera.sampling:
        say(f"This replaces a pending change: {replaced}.")
    if after.since < before.camera.since:
        say(_earlier_since(after, before.camera))
    if (after.sampling, after.source) != (before.camera.sampling, before.camera.source):
        warn_of_shortages(deployment, now)


@camera.command()
@click.argument("camera_id", metavar="CAMERA")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@on_stack
def remove(deployment: Deployment, camera_id: str, *, yes: bool) -> None:
    """Remove a camera from the registry.

    Its rows, roll-ups and stream stay.
    """
    now = deployment.clock.now()
    registered = readable_camera(deployment.registry, camera_id)
    if registered and (warning := _unclosed(registered, now)):
        warn(warning)
    if not yes:
        click.confirm(f"Remove camera {camera_id} from the registry?", abort=True)
    deployment.registry.remove(camera_id)
    if registered:
        mark_left(deployment.marks, registered, now)
    stream = registered.camera.stream_name if registered else None
    rest = f", and so does stream {stream}" if stream else ""
    say(f"Camera {camera_id} is removed. Its rows and roll-ups stay{rest}.")


camera.add_command(import_cameras)
camera.add_command(tag_streams)
camera.add_command(upload_policy)
camera.add_command(view)


def _other_store(deployment: Deployment, before: Camera, after: Camera) -> Store | None:
    """The store of a changed camera; None if it has no entry and no other cameras."""
    entry = deployment.stores.get(after.store_id)
    if entry or after.store_id != before.store_id:
        return entry or store_of(deployment.stores, deployment.registry, after.store_id)
    others = (
        item
        for item in deployment.registry.scan()
        if isinstance(item, InvalidCamera) or item.camera.camera_id != after.camera_id
    )
    return of_registered(others, after.store_id)


def _require_new(deployment: Deployment, camera_id: str) -> None:
    """Raise CameraExists before a stream is created for it."""
    try:
        deployment.registry.get(camera_id)
    except UnknownCamera:
        return
    raise CameraExists(camera_id)


def _provide_stream(deployment: Deployment, camera: Camera, *, create: bool) -> None:
    """Ensure that the camera's stream exists; create it with `create`. Raises StreamUnusable."""
    name = camera.stream_name
    if name is None:
        if create:
            raise StreamUnusable(
                f"camera {camera.camera_id!r} is a push camera and has no stream: leave out --create-stream"
            )
        return
    streams = deployment.streams
    if not create:
        streams.require(name)
    elif not streams.exists(name):
        streams.create(name)
        streams.wait_active(name)
        say(f"Stream {name} is created; it keeps video for {RETENTION_HOURS} h.")
    warning = streams.warning([camera])
    if warning:
        warn(warning)


def _first_instant(camera: Camera) -> str:
    zone = camera.sampling.time_zone
    if not camera.sampling.enabled:
        return f"It is disabled: start it with `occupancy camera set {camera.camera_id} --enable`."
    first = next(camera.due(camera.since, camera.since + OPENING_HOURS_PERIOD), None)
    if first is None:
        return "Its opening hours contain no sample instant: give longer --hours or a shorter --every."
    return f"Its first count is due at {show_time(first, zone)}."


def _earlier_since(after: Camera, before: Camera) -> str:
    """When it begins, and how to count what its stream holds; a push camera has no stream to pull."""
    begins = f"It now begins at {show_time(after.since, after.sampling.time_zone)}."
    if after.source is Source.PUSH:
        return begins
    return (
        f"{begins} To count the video that its stream holds since then:\n"
        f"  occupancy pull --camera {after.camera_id} --from {option_time(after.since)}"
        f" --to {option_time(before.since)}"
    )


def _unclosed(registered: RegisteredCamera, now: datetime) -> str | None:
    """A warning if removing the camera now would leave quarter hours open."""
    camera = registered.camera
    start = registered.closed_until or camera.since
    if next(camera.due(start, now), None) is None:
        return None
    zone = camera.sampling.time_zone
    return (
        f"the quarter hours of camera {camera.camera_id!r} since {show_time(start, zone)} are not closed yet,"
        " and removing it leaves their missing counts unexplained: disable it first with"
        f" `occupancy camera set {camera.camera_id} --disable`, and remove it half an hour later"
    )


def _csv(cameras: list[Camera]) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows({"camera_id": camera.camera_id, **setting_texts(camera)} for camera in cameras)
    return text.getvalue()
