"""`occupancy report`: how many people there were, how sure that is, and which hours were high and low."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from counter.analytics.figures import Kind
from counter.analytics.trading_days import TradingCalendar
from counter.history.plan import late_quarters
from counter.history.reading import HistorySource
from counter.report.build import build
from counter.report.page import page
from counter.report.reading import ReadSeries, ReportSource, read_series
from counter.report.report import By, Question, Report
from counter.report.values import CSV_COLUMNS, csv_rows, json_report
from counter.stores.store import InvalidStore, Store, of_cameras
from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.counts.output import csv_text
from infra.cli.report.choice import ReportChoice, SubjectOptions, choose, unknown
from infra.cli.report.notes import has_subject, late_days, notes
from infra.cli.report.output import report_lines
from infra.cli.report.span import read_by, read_days
from infra.cli.terminal.console import console, say, warn
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.texts import late_counts
from infra.cli.terminal.whole_file import whole_file
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera

READERS = 8
LONG_READ = 14
"""The number of days from which on a progress bar is shown."""


class Output(StrEnum):
    """Where the report goes; the values are the names of the options."""

    TERMINAL = "terminal"
    JSON = "as_json"
    CSV = "as_csv"
    HTML = "html"


class TwoOutputs(OccupancyError):
    """Options that exclude each other."""


class NothingDue(OccupancyError):
    """A span in which nothing was due, so that there is nothing to report."""


@dataclass(frozen=True)
class _Asked:
    """The question, with the store that it is about."""

    choice: ReportChoice
    options: SubjectOptions
    store: Store
    question: Question


@click.command()
@click.option("--store", metavar="STORE", callback=not_empty, help="The store; not needed if there is one.")
@click.option("--area", metavar="AREA", callback=not_empty, help="An area of the store.")
@click.option("--camera", metavar="CAMERA", callback=not_empty, help="One camera.")
@click.option("--zone", metavar="ZONE", callback=not_empty, help="A zone of a camera.")
@click.option("--from", "start", metavar="DAY", callback=not_empty, help="The first day, such as 2026-11-01.")
@click.option("--to", "end", metavar="DAY", callback=not_empty, help="The last day, included.")
@click.option("--week", is_flag=True, help="The last seven days that are over [default].")
@click.option("--today", is_flag=True, help="The day that is not over.")
@click.option("--by", type=click.Choice([by.value for by in By]), help="A row each [default: hour or day].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--html", metavar="FILE", callback=not_empty, help="Write a page with charts.")
@on_stack
def report(
    deployment: Deployment,
    store: str | None,
    area: str | None,
    camera: str | None,
    zone: str | None,
    **options: Any,
) -> None:
    """Show how many people there were, and how sure that is.

    Figures are of a store, or of an area, a camera or a zone of it, in the store's time. Each has a 95 %
    interval, what was counted, what is missing and why. DAY is a trading day, such as 2026-11-22.
    """
    output = _output(options)
    asked = _asked(deployment, SubjectOptions(store, area, camera, zone), options)
    found = _report(deployment, asked, output)
    if output is Output.JSON:
        click.echo(json.dumps(json_report(found), indent=2))
    elif output is Output.CSV:
        click.echo(csv_text([CSV_COLUMNS, *csv_rows(found)]), nl=False)
    elif output is Output.HTML:
        with whole_file(Path(options["html"])) as file:
            file.write(page(found).encode())
        say(f"{options['html']} shows {found.title}.")
    else:
        say(*report_lines(found, console().width))


def _output(options: Mapping[str, Any]) -> Output:
    """Raises TwoOutputs."""
    chosen = [output for output in Output if options.get(output.value)]
    if len(chosen) > 1:
        raise TwoOutputs("--json, --csv and --html exclude each other: give one of them")
    return chosen[0] if chosen else Output.TERMINAL


def _asked(deployment: Deployment, options: SubjectOptions, more: Mapping[str, Any]) -> _Asked:
    registered = _registered(deployment)
    stores = deployment.stores.all()
    entries = {entry.store_id: entry for entry in stores}
    choice = choose(options, registered, list(entries))
    store = entries.get(choice.store_id) or of_cameras(
        choice.store_id, [found.camera for found in choice.cameras]
    )
    if isinstance(store, InvalidStore):
        raise store
    today = store.calendar.trading_day_of(deployment.clock.now())
    first, last = read_days(more, today, store.store_id)
    if more["end"] and str(last) < more["end"]:
        warn(f"--to {more['end']} is in the future: the report ends with today, {last}")
    return _Asked(
        choice, options, store, Question(choice.subject, first, last, read_by(more["by"], first, last))
    )


def _registered(deployment: Deployment) -> list[RegisteredCamera]:
    found = []
    for item in deployment.registry.scan():
        if isinstance(item, InvalidCamera):
            warn(str(item))
        else:
            found.append(item)
    return sorted(found, key=lambda item: item.camera.camera_id)


def _report(deployment: Deployment, asked: _Asked, output: Output) -> Report:
    """Read and build the report; CSV has no place for notes, so it warns of late counts.

    Raises NothingDue, UnknownName and DamagedFile.
    """
    now, question = deployment.clock.now(), asked.question
    history = HistorySource(deployment.history_bucket, deployment.marks, deployment.occupancy)
    # Before the files: a closing that ends meanwhile removes marks of files that were read already.
    late = _late(deployment, asked)
    with ThreadPoolExecutor(READERS) as threads:
        source = ReportSource(history, threads, asked.store, asked.choice.cameras, now)
        read = _read(source, question)
    if not asked.choice.known and not has_subject(read.columns, asked.choice):
        raise unknown(asked.options, asked.choice.cameras, asked.choice.elsewhere)
    said = list(notes(read.columns, question, source.calendar, read.unwritten, late))
    found = build(read.series, question, (asked.store.store_id, asked.store.name), now, said)
    if not found.total.instants.due:
        raise NothingDue(_nothing_due(found, asked.choice.cameras))
    if late and output is Output.CSV:
        warn(late_counts([str(day) for day in late]))
    return found


def _late(deployment: Deployment, asked: _Asked) -> list[date]:
    store, subject = asked.store, asked.question.subject
    camera_id = {Kind.CAMERA: subject.name, Kind.ZONE: subject.camera_id}.get(subject.kind)
    marks = deployment.marks.of_store(store.store_id).days
    late = late_quarters(marks, store.calendar, store.next_day, camera_id)
    return late_days(late, asked.question, TradingCalendar.of_store(store))


def _read(source: ReportSource, question: Question) -> ReadSeries:
    days = (question.last - question.first).days + 1
    with progress_bar(transient=True, disable=days < LONG_READ) as bar:
        task = bar.add_task("reading days", total=days)

        def progress(day: date) -> None:
            if day < question.first:
                bar.update(task, description="reading days before, for the gaps")
            else:
                bar.update(task, completed=(day - question.first).days + 1)

        return read_series(source, question, progress)


def _nothing_due(found: Report, cameras: Sequence[RegisteredCamera]) -> str:
    why = "give other days, or see `occupancy camera show CAMERA` for opening hours"
    if not cameras:
        why = "the store has no camera, add one with `occupancy camera add`"
    return f"nothing was due: {found.title}; {why}"
