"""`occupancy doctor`: looks at the deployment and its cameras, and says what is wrong and what to do."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.doctor import report
from infra.cli.doctor.checks.check import Check, run_all
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Group
from infra.cli.doctor.examination import Examination, Run
from infra.cli.terminal.console import console, say
from ingest.times import to_text


@click.command()
@click.option(
    "--camera", "camera_ids", multiple=True, metavar="CAMERA", help="Only this one; may come again."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--no-frame", is_flag=True, help="Count no frame: it costs one image of Rekognition for each camera."
)
@on_stack
def doctor(deployment: Deployment, camera_ids: tuple[str, ...], *, as_json: bool, no_frame: bool) -> None:
    """Look for what is wrong: the deployment, its queues, its cameras.

    Takes one frame of each camera and counts it, which costs one image of Rekognition for each (and one of
    GetImages, in the modes auto and images). Ends with 1 if something is wrong or could not be looked at.
    """
    with _progress() as run:
        examination = Examination(deployment, clients(deployment.session), run)
        groups = list(examination.groups(camera_ids, frames=not no_frame))
    grave = any(finding.grave for group in groups for finding in group.findings)
    if as_json:
        values = {
            "stack": deployment.stack_name,
            "time": to_text(deployment.clock.now()),
            "well": not grave,
            "groups": report.values(groups),
        }
        click.echo(json.dumps(values, indent=2))
    else:
        for group in groups:
            say(group.name, report.grid(group))
        say(report.summary(groups))
    if grave:
        click.get_current_context().exit(1)


@contextmanager
def _progress() -> Iterator[Run]:
    """Runs checks and shows how many are done."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("looking", total=0)

        def run(checks: Sequence[Check]) -> list[Group]:
            bar.update(task, total=(bar.tasks[0].total or 0) + len(checks))
            return list(run_all(checks, lambda: bar.advance(task)))

        yield run
