"""`occupancy doctor`: finds what is wrong with the deployment and its cameras, and says what to do."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.doctor import report
from infra.cli.doctor.cameras.image_trial import INSTANTS, PICTURES_AN_INSTANT
from infra.cli.doctor.checks.check import Check, run_all
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Group
from infra.cli.doctor.examination import Options, Run, examine
from infra.cli.terminal.console import console, say
from infra.cli.terminal.progress import progress_bar
from infra.cost.data import PRICES
from ingest.times import to_text


@click.command()
@click.option(
    "--camera", "camera_ids", multiple=True, metavar="CAMERA", help="Check only this camera (repeatable)."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--no-frame", is_flag=True, help="Do not count a frame of each camera, which costs a Rekognition image."
)
@click.option(
    "--measure-images",
    is_flag=True,
    help="Measure what GetImages gives for the last 20 instants of each --camera: at most 40 pictures each.",
)
@on_stack
def doctor(
    deployment: Deployment,
    camera_ids: tuple[str, ...],
    *,
    as_json: bool,
    no_frame: bool,
    measure_images: bool,
) -> None:
    """Find what is wrong with the deployment, its queues and its cameras.

    Doctor counts one frame of each camera, which costs one image of Rekognition (and one of GetImages in the
    modes auto and images). It exits with 1 if something is wrong or could not be checked.
    """
    if measure_images:
        _announce(camera_ids)
    trials = INSTANTS * len(set(camera_ids)) if measure_images else 0
    with _progress(trials) as (run, advance_trials):
        connections = clients(deployment.session)
        options = Options(not no_frame, advance_trials if measure_images else None)
        groups = list(examine(deployment, connections, run, camera_ids, options))
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


def _announce(camera_ids: Sequence[str]) -> None:
    """Say what the measurement costs before it begins. Raises UsageError if no camera was chosen."""
    if not camera_ids:
        raise click.UsageError("--measure-images needs --camera: GetImages charges for each picture")
    cameras = len(set(camera_ids))
    most, price = cameras * INSTANTS * PICTURES_AN_INSTANT, PRICES.by_name["kvs_images"]
    console(stderr=True).print(
        f"Measuring GetImages at the last {INSTANTS} instants of {cameras} cameras: at most {most} pictures,"
        f" USD {price.usd(most):.4f} at the price of {PRICES.date}, and the fragments of these instants.",
        soft_wrap=True,
    )


@contextmanager
def _progress(trials: int) -> Iterator[tuple[Run, Callable[[int], None]]]:
    """Yields the function that runs checks, and one that counts trials; shows how many are done."""
    with progress_bar(transient=True) as bar:
        task = bar.add_task("checking", total=0)
        measuring = bar.add_task("measuring GetImages", total=trials, visible=bool(trials))

        def run(checks: Sequence[Check]) -> list[Group]:
            bar.update(task, total=(bar.tasks[0].total or 0) + len(checks))
            return list(run_all(checks, lambda: bar.advance(task)))

        yield run, partial(bar.advance, measuring)
