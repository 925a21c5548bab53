"""`occupancy export`: writes rows or quarter hours to a file."""

import sys
from collections import defaultdict
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from counter.history.bucket import HistoryBucket
from counter.history.reading import HistorySource
from counter.stores.store import InvalidStore, Store, of_cameras
from infra.cli.aws.deployment import Deployment, connected, on_stack
from infra.cli.counts.reading import EmptyStore, steps
from infra.cli.counts.span import CountSpan, read_span
from infra.cli.export.columns import QUARTER_COLUMNS, ROW_COLUMNS, Record
from infra.cli.export.formats import ExportFormat, require, writer_of
from infra.cli.export.records import (
    LocalZones,
    QuarterSource,
    RowSource,
    days_of,
    quarter_records,
    row_records,
)
from infra.cli.export.whole_file import check_new, whole_file
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.stopping import interruptible
from ingest.aws.clients import operator_config
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera

READERS = 8


class What(StrEnum):
    """What is exported."""

    ROWS = "rows"
    QUARTERS = "quarters"


@dataclass(frozen=True)
class _Choice:
    """The cameras and stores to export; `camera_id` and `store_id` are those that the operator named."""

    cameras: Sequence[RegisteredCamera]
    stores: Sequence[Store]
    camera_id: str | None
    store_id: str | None


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--what",
    type=click.Choice([what.value for what in What]),
    default=What.ROWS.value,
    show_default=True,
    help="What to export.",
)
@click.option("--from", "start", required=True, metavar="TIME", callback=not_empty, help="The start.")
@click.option("--to", "end", metavar="TIME", callback=not_empty, help="The end, not included [default: now].")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in ExportFormat]),
    default=ExportFormat.CSV.value,
    show_default=True,
    help="The format of the file.",
)
@click.option("--store", "store_id", metavar="STORE", callback=not_empty, help="One store.")
@click.option(
    "--camera", "camera_id", metavar="CAMERA", callback=not_empty, help="One camera [default: all]."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@on_stack
def export(deployment: Deployment, path: Path, *, overwrite: bool, **options: Any) -> None:
    """Write what was counted to a FILE for other programs.

    `rows` are the sample instants, as long as they are kept; `quarters` are the quarter hours, which are kept
    for good. FILE appears when it is whole. TIME is 2026-11-22T14:05 in the store's time zone, or has Z or an
    offset. docs/export.md describes the columns.
    """
    form = ExportFormat(options["form"])
    require(form)
    if not overwrite:
        check_new(path)
    choice = _choice(deployment, options["store_id"], options["camera_id"])
    zones = {store.time_zone for store in choice.stores} or {"UTC"}
    span = read_span(options["start"], options["end"], zones, deployment.clock.now())
    rows = What(options["what"]) is What.ROWS
    parts = _rows(deployment, choice, span) if rows else _quarters(deployment, choice, span)
    columns = ROW_COLUMNS if rows else QUARTER_COLUMNS
    written = 0
    with (
        interruptible(),
        closing(parts),
        whole_file(path) as file,
        closing(writer_of(form, file, columns)) as writer,
    ):
        for records in parts:
            writer.write(records)
            written += len(records)
    say(f"{path} has {written:,} {'rows' if rows else 'quarter hours'}.")


def _choice(deployment: Deployment, store_id: str | None, camera_id: str | None) -> _Choice:
    """Raises EmptyStore, UnknownCamera and InvalidStore."""
    registered = _registered(deployment)
    entries = {entry.store_id: entry for entry in deployment.stores.all()}
    if camera_id is not None and store_id is None:
        camera = deployment.registry.get(camera_id).camera
        store_id, named = camera.store_id, None
    else:
        named = store_id
    by_store = defaultdict(list)
    for item in registered:
        by_store[item.camera.store_id].append(item.camera)
    if store_id is not None and store_id not in {*entries, *by_store}:
        raise EmptyStore(store_id)
    names = sorted({*entries, *by_store}) if store_id is None else [store_id]
    stores = [entries.get(name) or of_cameras(name, by_store[name]) for name in names]
    for store in stores:
        if isinstance(store, InvalidStore):
            raise store
    cameras = [
        item
        for item in registered
        if camera_id in (None, item.camera.camera_id) and store_id in (None, item.camera.store_id)
    ]
    return _Choice(cameras, [store for store in stores if isinstance(store, Store)], camera_id, named)


def _registered(deployment: Deployment) -> list[RegisteredCamera]:
    found = []
    for item in deployment.registry.scan():
        if isinstance(item, InvalidCamera):
            warn(str(item))
        else:
            found.append(item)
    return sorted(found, key=lambda item: (item.camera.store_id, item.camera.camera_id))


def _rows(deployment: Deployment, choice: _Choice, span: CountSpan) -> Generator[Sequence[Record]]:
    zones = LocalZones({store.store_id: store for store in choice.stores})
    cameras = [item.camera for item in choice.cameras]
    source = RowSource(deployment.occupancy, zones, cameras, choice.store_id)
    with _progress() as bar:
        task = bar.add_task("reading rows, by camera and day", total=steps(choice.cameras, span))
        yield from row_records(source, span, lambda: bar.advance(task))


def _quarters(deployment: Deployment, choice: _Choice, span: CountSpan) -> Generator[Sequence[Record]]:
    s3 = connected(lambda: deployment.session.client("s3", config=operator_config()))
    bucket = HistoryBucket(s3, deployment.deployed.output("HistoryBucketName"))
    history = HistorySource(bucket, deployment.marks, deployment.occupancy)
    cameras = defaultdict(list)
    for item in choice.cameras:
        cameras[item.camera.store_id].append(item.camera.camera_id)
    missing: list[str] = []
    with ThreadPoolExecutor(READERS) as threads, _progress() as bar:
        source = QuarterSource(history, threads, choice.stores, cameras, choice.camera_id)
        spans = {store.store_id: days_of(store, span) for store in choice.stores}
        lengths = {name: (last - first).days + 1 for name, (first, last) in spans.items()}
        offsets = dict(zip(lengths, accumulate(lengths.values(), initial=0), strict=False))
        task = bar.add_task("reading days", total=sum(lengths.values()))

        def step(name: str, day: date) -> None:
            bar.update(task, completed=offsets[name] + (day - spans[name][0]).days + 1)

        yield from quarter_records(
            source, span, step, lambda store, first, last: missing.append(f"{store} {first} to {last}")
        )
    if missing:
        warn(
            f"the history has no file yet of {', '.join(missing[:5])}"
            + (f" and {len(missing) - 5} other days" if len(missing) > 5 else "")
            + ": these days are left out"
        )


def _progress() -> Progress:
    return progress_bar(transient=True, disable=not sys.stderr.isatty())
