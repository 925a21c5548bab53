"""`occupancy export`: writes rows, quarter hours or series to a file."""

from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.counts.span import CountSpan, read_span
from infra.cli.export.choice import ExportChoice, ExportOptions, choose
from infra.cli.export.columns import QUARTER_COLUMNS, ROW_COLUMNS, Column
from infra.cli.export.formats import ExportFormat, require, writer_of
from infra.cli.export.reading import RecordParts, read_quarters, read_rows, read_series
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.extras import imported
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.stopping import interruptible
from infra.cli.terminal.whole_file import check_new, whole_file
from ingest.registry.camera import InvalidCamera


class What(StrEnum):
    """What is exported."""

    ROWS = "rows"
    QUARTERS = "quarters"
    SERIES = "series"


_NOUNS = {What.ROWS: "rows", What.QUARTERS: "quarter hours", What.SERIES: "spans"}
STEPS = ("quarter", "hour", "day", "week")


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
@click.option(
    "--by",
    type=click.Choice(STEPS),
    default="hour",
    show_default=True,
    help="The spans of a series.",
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
    for good; `series` are figures with their intervals, as `occupancy report` has them. FILE appears when it
    is whole. TIME is 2026-11-22T14:05 in the store's time zone, or has Z or an offset. docs/export.md
    describes the columns.
    """
    form = ExportFormat(options["form"])
    require(form)
    if not overwrite:
        check_new(path)
    what = What(options["what"])
    named = ExportOptions(options["store_id"], options["camera_id"], past=what is not What.ROWS)
    choice = _choice(deployment, named)
    zones = {store.time_zone for store in choice.stores} or {"UTC"}
    span = read_span(options["start"], options["end"], zones, deployment.clock.now())
    columns, parts = _columns_and_parts(deployment, choice, span, what, options["by"])
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
    say(f"{path} has {written:,} {_NOUNS[what]}.")


def _choice(deployment: Deployment, options: ExportOptions) -> ExportChoice:
    """Raises UnknownName and InvalidStore."""
    found = []
    for item in deployment.registry.scan():
        if isinstance(item, InvalidCamera):
            warn(str(item))
        else:
            found.append(item)
    return choose(options, found, {entry.store_id: entry for entry in deployment.stores.all()})


def _columns_and_parts(
    deployment: Deployment, choice: ExportChoice, span: CountSpan, what: What, by: str
) -> tuple[Sequence[Column], RecordParts]:
    match what:
        case What.ROWS:
            return ROW_COLUMNS, read_rows(deployment, choice, span)
        case What.QUARTERS:
            return QUARTER_COLUMNS, read_quarters(deployment, choice, span)
        case What.SERIES:
            series = imported("infra.cli.export.series", "export --what series", "cli,analytics")
            return series.SERIES_COLUMNS, read_series(deployment, choice, span, by)
