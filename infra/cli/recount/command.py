"""`occupancy recount`: recounts stored rows by the rules of today, without any image."""

from collections.abc import Sequence
from contextlib import closing

import click

from counter.recount.run import Span, preview
from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.recount.choice import RecountedCamera, choose, choose_span, read_threshold
from infra.cli.recount.output import (
    Result,
    changes_nothing,
    changes_table,
    headline,
    left_alone,
    thresholds,
)
from infra.cli.recount.progress import day_bars
from infra.cli.recount.running import Recounting
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.stopping import STOPPED, interruptible
from infra.cli.terminal.texts import counted
from ingest.errors import OccupancyError


@click.command()
@click.option("--camera", "camera_id", metavar="CAMERA", callback=not_empty, help="One camera.")
@click.option("--store", "store_id", metavar="STORE", callback=not_empty, help="All cameras of a store.")
@click.option("--from", "start", required=True, metavar="TIME", callback=not_empty, help="The first moment.")
@click.option("--to", "end", metavar="TIME", callback=not_empty, help="[default: now]")
@click.option(
    "--min-confidence",
    "threshold",
    metavar="PERCENT",
    callback=not_empty,
    help="Set the confidence from which a person counts, 50 to 100, in the registry, too.",
)
@click.option("--yes", is_flag=True, help="Do not show the change first, and do not ask.")
@on_stack
def recount(deployment: Deployment, *, yes: bool, **options: str | None) -> None:
    """Apply a camera's rule of today to its rows of the past.

    The rule is the confidence from which a person counts, the zones and the ignored areas. Rows hold all
    people with their boxes, so this needs no image and no Rekognition. TIME is 2026-11-22T14:05 in the
    camera's time zone, or has Z or an offset; quarter hours are recounted as a whole. The command shows the
    change and asks. If it is stopped, the same command goes on where it was.
    """
    threshold = read_threshold(options["threshold"])
    cameras = choose(deployment.registry, options["camera_id"], options["store_id"], threshold)
    span = choose_span(options["start"] or "", options["end"], cameras, deployment.clock.now())
    recounting = Recounting(deployment, span)
    say(headline(cameras, span), *thresholds(cameras))
    if not yes and not _agreed(deployment, cameras, span, recounting):
        return
    errors: list[OccupancyError] = []
    try:
        with interruptible():
            results = _recount(cameras, span, recounting, errors)
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where it was.")
        click.get_current_context().exit(STOPPED)
    if errors and not results:
        raise errors[0]
    if yes:
        say("", changes_table(results), *left_alone(results))
    changed = sum(totals.changed for _, totals in results)
    roll_ups = sum(totals.roll_ups for _, totals in results)
    say("", f"{counted(changed, 'row')} and {counted(roll_ups, 'roll-up')} were stored again.")
    if errors:
        raise errors[0]


def _agreed(
    deployment: Deployment, cameras: Sequence[RecountedCamera], span: Span, recounting: Recounting
) -> bool:
    """Show what changes and ask; False if there is nothing to do. Raises click.Abort for a no."""
    shown: list[Result] = []
    with day_bars(span) as bars:
        for chosen in cameras:
            parts = preview(deployment.occupancy, chosen.camera_id, chosen.rule, span)
            shown.append((chosen, bars.follow(f"reading {chosen.camera_id} by day", parts)))
    say("", changes_table(shown), *left_alone(shown), "")
    changed = sum(totals.changed for _, totals in shown)
    if changes_nothing(shown) and not list(thresholds(cameras)) and not recounting.unfinished(cameras):
        say("There is nothing to recount.")
        return False
    return click.confirm(f"Recount {counted(changed, 'row')}?", abort=True)


def _recount(
    cameras: Sequence[RecountedCamera], span: Span, recounting: Recounting, errors: list[OccupancyError]
) -> list[Result]:
    """Recount one camera after the other; the error of one stops no other."""
    results: list[Result] = []
    with day_bars(span) as bars:
        for chosen in cameras:
            try:
                # Closed at once, not by the garbage collector: so that the entry is released when this stops.
                with closing(recounting.run(chosen)) as parts:
                    results.append((chosen, bars.follow(f"recounting {chosen.camera_id} by day", parts)))
            except OccupancyError as error:
                if errors:
                    warn(str(error))
                errors.append(error)
    return results
