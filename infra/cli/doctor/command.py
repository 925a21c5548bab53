"""`occupancy doctor`: finds what is wrong with the deployment and its cameras, and says what to do."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.doctor import report
from infra.cli.doctor.checks.check import Check, run_all
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Group
from infra.cli.doctor.examination import Run, examine
from infra.cli.terminal.console import say
from infra.cli.terminal.progress import progress_bar
from ingest.times import to_text


@click.command()
@click.option(
    "--camera", "camera_ids", multiple=True, metavar="CAMERA", help="Check only this camera (repeatable)."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--no-frame", is_flag=True, help="Do not count a frame of each camera, which costs a Rekognition image."
)
@on_stack
def doctor(deployment: Deployment, camera_ids: tuple[str, ...], *, as_json: bool, no_frame: bool) -> None:
    """Find what is wrong with the deployment, its queues and its cameras.

    Doctor counts one frame of each camera, which costs one image of Rekognition (and one of GetImages in the
    modes auto and images). It exits with 1 if something is wrong or could not be checked.
    """
    with _progress() as run:
        connections = clients(deployment.session)
        groups = list(examine(deployment, connections, run, camera_ids, frames=not no_frame))
    failed = any(finding.is_failure for group in groups for finding in group.findings)
    if as_json:
        values = {
            "stack": deployment.stack_name,
            "time": to_text(deployment.clock.now()),
            "well": not failed,
            "groups": report.values(groups),
        }
        click.echo(json.dumps(values, indent=2))
    else:
        for group in groups:
            say(group.name, report.grid(group))
        say(report.summary(groups))
    if failed:
        click.get_current_context().exit(1)


@contextmanager
def _progress() -> Iterator[Run]:
    """Yields the function that runs checks; shows how many of them are done."""
    with progress_bar(transient=True) as bar:
        task = bar.add_task("checking", total=0)

        def run(checks: Sequence[Check]) -> list[Group]:
            bar.update(task, total=(bar.tasks[0].total or 0) + len(checks))
            return list(run_all(checks, lambda: bar.advance(task)))

        yield run
