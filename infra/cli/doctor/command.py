"""`occupancy doctor`: finds what is wrong with the deployment and its cameras, and says what to do."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.doctor import report
from infra.cli.doctor.cameras.image_trial import INSTANTS, PICTURES_AN_INSTANT
from infra.cli.doctor.checks.check import Check, run_all
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Group
from infra.cli.doctor.examination import Options, Run, TrialOptions, examine
from infra.cli.terminal.console import say
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.texts import counted
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
    if measure_images and not camera_ids:
        raise click.UsageError("--measure-images needs --camera: GetImages charges for each picture")
    with _progress() as (run, trials):
        connections = clients(deployment.session)
        options = Options(not no_frame, trials if measure_images else None)
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


def _announcement(cameras: int) -> str:
    """What the measurement costs at most; it is said before it begins."""
    most, price = cameras * INSTANTS * PICTURES_AN_INSTANT, PRICES.by_name["kvs_images"]
    return (
        f"Measuring GetImages at the last {INSTANTS} instants of {counted(cameras, 'camera')}: at most"
        f" {counted(most, 'picture')}, USD {price.usd(most):.4f} at the price of {PRICES.date}, and the"
        " fragments of these instants."
    )


@contextmanager
def _progress() -> Iterator[tuple[Run, TrialOptions]]:
    """Yields the function that runs checks, and those that count trials; shows how many are done."""
    with progress_bar(transient=True) as bar:
        task = bar.add_task("checking", total=0)
        measuring = bar.add_task("measuring GetImages", total=0, visible=False)

        def run(checks: Sequence[Check]) -> list[Group]:
            bar.update(task, total=(bar.tasks[0].total or 0) + len(checks))
            return list(run_all(checks, lambda: bar.advance(task)))

        def begin(cameras: int) -> None:
            if cameras:
                bar.console.print(_announcement(cameras), soft_wrap=True)
                bar.update(measuring, total=cameras * INSTANTS, visible=True)

        yield run, TrialOptions(begin, partial(bar.advance, measuring))
