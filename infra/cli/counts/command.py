"""`occupancy counts`: shows the rows of a camera or of a store."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import chain
from typing import Any

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.counts.entries import CountEntry
from infra.cli.counts.output import (
    CSV_COLUMNS,
    counts_table,
    csv_row,
    csv_text,
    json_values,
    line,
    summary,
)
from infra.cli.counts.reading import cameras_of_store, read_counts, steps
from infra.cli.counts.span import CountSpan, read_span
from infra.cli.counts.watch import watch
from infra.cli.terminal.console import console, say
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.stopping import interruptible
from ingest.errors import OccupancyError
from ingest.registry.registered import RegisteredCamera

LONG_READ = 8
"""The number of reads from which on a progress bar is shown."""

Parts = Iterable[Sequence[CountEntry]]


class Form(StrEnum):
    """How the entries are shown; the values are the names of the options."""

    TABLE = "table"
    JSON = "as_json"
    CSV = "as_csv"
    LIVE = "live"


class WrongChoice(OccupancyError):
    """Options that exclude each other, or none where one is needed."""


@click.command()
@click.argument("camera_id", metavar="[CAMERA]", required=False)
@click.option("--store", "store_id", metavar="STORE", callback=not_empty, help="All cameras of a store.")
@click.option("--from", "start", metavar="TIME", callback=not_empty, help="[default: an hour before the end]")
@click.option("--to", "end", metavar="TIME", callback=not_empty, help="[default: now]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--watch", "live", is_flag=True, help="Show new rows as they come, until Ctrl-C.")
@on_stack
def counts(deployment: Deployment, camera_id: str | None, store_id: str | None, **options: Any) -> None:
    """Show what was counted: a line for each sample instant.

    Give a CAMERA or --store. Each line has the count with its zones, or the reason of a gap, or `pending`.
    TIME is 2026-11-22T14:05 in the store's time zone, or has Z or an offset.
    """
    form = _form(options)
    cameras = _cameras(deployment, camera_id, store_id)
    zones = {registered.camera.sampling.time_zone for registered in cameras}
    span = read_span(options["start"], options["end"], zones, deployment.clock.now())
    if form is Form.LIVE:
        _watch(deployment, cameras, span)
    else:
        _show(deployment, cameras, span, form)


def _form(options: Mapping[str, Any]) -> Form:
    """Raises WrongChoice."""
    chosen = [form for form in Form if options.get(form.value)]
    if len(chosen) > 1:
        raise WrongChoice("--json, --csv and --watch exclude each other: give one of them")
    if chosen == [Form.LIVE] and options["end"] is not None:
        raise WrongChoice("--watch has no end: leave --to out")
    return chosen[0] if chosen else Form.TABLE


def _cameras(deployment: Deployment, camera_id: str | None, store_id: str | None) -> list[RegisteredCamera]:
    """Raises WrongChoice, UnknownCamera or EmptyStore."""
    if (camera_id is None) == (store_id is None):
        raise WrongChoice("give either a camera or --store: `occupancy camera list` shows both")
    if store_id is not None:
        return cameras_of_store(deployment.registry, store_id)
    return [deployment.registry.get(camera_id or "")]


def _watch(deployment: Deployment, cameras: Sequence[RegisteredCamera], span: CountSpan) -> None:
    several = len(cameras) > 1
    width = max(len(registered.camera.camera_id) for registered in cameras) if several else 0
    with interruptible(), suppress(KeyboardInterrupt):
        watch(
            deployment.occupancy,
            cameras,
            span.start,
            deployment.clock,
            lambda entry: click.echo(line(entry, width)),
        )


def _show(deployment: Deployment, cameras: Sequence[RegisteredCamera], span: CountSpan, form: Form) -> None:
    total = steps(cameras, span)
    # Where the rows themselves appear on the terminal while they are read, they are the progress.
    disable = total < LONG_READ or (form is not Form.TABLE and sys.stdout.isatty())
    with progress_bar(transient=True, disable=disable) as bar:
        task = bar.add_task("reading rows", total=total)
        parts = read_counts(
            deployment.occupancy, cameras, span, deployment.clock.now(), lambda: bar.advance(task)
        )
        if form is Form.CSV:
            _write_csv(parts)
            return
        if form is Form.JSON:
            _write_json(parts)
            return
        entries = list(chain.from_iterable(parts))
    if entries:
        say(counts_table(entries, width=console().width), "", summary(entries))
    else:
        say("Nothing was due in that span, and there are no rows: see `occupancy camera show CAMERA`.")


def _write_csv(parts: Parts) -> None:
    click.echo(csv_text([CSV_COLUMNS]), nl=False)
    for part in parts:
        click.echo(csv_text(map(csv_row, part)), nl=False)


def _write_json(parts: Parts) -> None:
    """One array; a part is written before the next one is read."""
    before = "[\n  "
    for entry in chain.from_iterable(parts):
        click.echo(before + json.dumps(json_values(entry)), nl=False)
        before = ",\n  "
    click.echo("[]" if before.startswith("[") else "\n]")
