"""`occupancy cost`: what the registered cameras cost in a month."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.cost.estimate import CSV_COLUMNS, Basis, assumed_fleet, csv_rows, estimate, json_values
from infra.cli.cost.price_file import read_price_file
from infra.cli.cost.tables import report
from infra.cli.counts.output import csv_text
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.durations import DurationOption
from infra.cost.data import COUNTS, PRICE_LIST, PRICES
from infra.cost.fleet import Fleet
from infra.cost.prices import Prices
from ingest.registry.camera import Camera, InvalidCamera


def _print_prices(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ARG001 - click's signature
    """Print the price list and end, without AWS."""
    if value:
        click.echo(PRICE_LIST, nl=False)
        ctx.exit()


@click.command()
@click.option(
    "--prices", "price_file", metavar="FILE", type=click.Path(path_type=Path), help="Your own price list."
)
@click.option(
    "--print-prices",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_prices,
    help="Print the price list, to change it for --prices.",
)
@click.option(
    "--stay", type=DurationOption(), metavar="DURATION", help="The visitors' mean stay, such as 10m."
)
@click.option(
    "--bit-rate",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    default=Fleet.bit_rate,
    show_default=True,
    metavar="MBIT",
    help="Of a camera's video, in Mbit/s.",
)
@click.option(
    "--send",
    type=click.Choice(["all", "keyframes"]),
    default="all",
    show_default=True,
    help="What the gateway sends.",
)
@click.option("--always-sent", is_flag=True, help="Video is sent day and night, not in opening hours only.")
@click.option(
    "--retention",
    type=click.FloatRange(min=0, max=87600),
    default=Fleet.retention,
    show_default=True,
    metavar="HOURS",
    help="How long the streams keep video.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a line for each camera and item.")
@on_stack
def cost(deployment: Deployment, price_file: Path | None, **options: Any) -> None:
    """Show what the cameras of the registry cost in a month, and what would make it less.

    The amounts follow from the settings in the registry and from what the code uses; see docs/costs.md.
    """
    if options["as_json"] and options["as_csv"]:
        raise click.UsageError("--json and --csv exclude each other: give one of them")
    prices = read_price_file(price_file) if price_file else PRICES
    own = Fleet(
        bit_rate=options["bit_rate"],
        keyframes=options["send"] == "keyframes",
        only_open=not options["always_sent"],
        retention=options["retention"],
    )
    assumed = assumed_fleet(deployment.deployed.parameters, own)
    basis = Basis(deployment.stack_name, assumed, prices, COUNTS, options["stay"])
    found = estimate(_cameras(deployment), basis)
    _warn_of_region(deployment, prices)
    if options["as_json"]:
        click.echo(json.dumps(json_values(found), indent=2))
    elif options["as_csv"]:
        click.echo(csv_text([CSV_COLUMNS, *csv_rows(found)]), nl=False)
    else:
        say(*report(found))


def _cameras(deployment: Deployment) -> Iterator[Camera]:
    """The cameras of the registry; warns of items that cannot be read."""
    for item in deployment.registry.scan():
        if isinstance(item, InvalidCamera):
            warn(str(item))
        else:
            yield item.camera


def _warn_of_region(deployment: Deployment, prices: Prices) -> None:
    region = deployment.deployed.place.region
    if region != prices.region:
        warn(
            f"the prices are those of {prices.region}, and the stack is in {region}: write a list for it with"
            " --print-prices, and give it with --prices"
        )
