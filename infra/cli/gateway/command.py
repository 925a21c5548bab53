"""`occupancy gateway`: runs, configures and checks the process in the shop that sends its cameras' video."""

import asyncio
import json
import logging
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import click

from infra.cli.aws.deployment import Deployment, connected, on_stack
from infra.cli.aws.failures import aws_failure
from infra.cli.gateway.check import checked
from infra.cli.gateway.clients import dependencies_of, secrets_of
from infra.cli.gateway.tables import findings_table, skeleton, statuses_table
from infra.cli.terminal.console import console, say, warn
from infra.cli.terminal.options import not_empty
from infra.cli.terminal.texts import counted
from ingest.aws.clients import operator_config
from ingest.aws.failures import AWS_FAILURES
from ingest.errors import OccupancyError
from ingest.gateway.check.capacity import spool_shortage, uplink_shortage
from ingest.gateway.config.settings import load
from ingest.gateway.policy import Account, policy
from ingest.gateway.supervisor import Gateway
from ingest.gateway.timing.clock import SYSTEM_CLOCK
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.table import CameraRegistry

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, readable=False),  # `load` reports a file that cannot be read
    default=Path("gateway.yaml"),
    show_default=True,
    help="The configuration: how the cameras are reached.",
)


class NoGateway(OccupancyError):
    """No gateway answers on this machine."""


class NothingToWrite(OccupancyError):
    """A configuration that would replace a file or be empty."""


@click.group()
def gateway() -> None:
    """Run the store gateway: one process sends all cameras of a shop to Kinesis Video Streams."""


@gateway.command()
@click.option("--store", required=True, callback=not_empty, help="The store whose cameras the gateway sends.")
@config_option
@on_stack
def init(deployment: Deployment, store: str, path: Path) -> None:
    """Write a gateway.yaml with the cameras that the registry has for a store."""
    readable = [item.camera for item in deployment.registry.scan() if not isinstance(item, InvalidCamera)]
    cameras = sorted(
        (camera for camera in readable if camera.store_id == store), key=lambda camera: camera.camera_id
    )
    if not cameras:
        raise NothingToWrite(
            f"store {store!r} has no cameras in the registry: see `occupancy camera add --help`"
        )
    stack = deployment.stack
    text = skeleton(store, cameras, stack.camera_table, stack.frame_bucket, deployment.session.region_name)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(text)
    except FileExistsError:
        raise NothingToWrite(f"{path} already exists: give another file with --config") from None
    except OSError as error:
        raise NothingToWrite(f"{path} cannot be written: {error.strerror}") from error
    say(
        f"{path} is written with {counted(len(cameras), 'camera')}. Enter the address of each, then run:\n"
        f"  occupancy gateway check --config {path}"
    )


@gateway.command()
@config_option
@click.option(
    "--seconds",
    type=click.FloatRange(1, 600),
    default=20.0,
    show_default=True,
    help="How long each camera is checked.",
)
@click.option(
    "--hours", type=click.FloatRange(0, 24), default=12.0, show_default=True, help="Opening hours a day."
)
def check(path: Path, seconds: float, hours: float) -> None:
    """Open each camera and show what it sends, what that costs and what to change on it.

    With AWS credentials it also compares the cameras with the registry. Exits with 1 if a camera cannot be
    used.
    """
    settings = load(path)
    findings, unread = checked(settings, seconds)
    say(findings_table(findings, hours, width=console().width))
    for found in findings:
        for sentence in filter(None, (found.problem, *found.advice)):
            warn(f"camera {found.camera}: {sentence}")
    shortages = (uplink_shortage(findings, settings), spool_shortage(findings, settings, hours))
    for sentence in filter(None, shortages):
        warn(sentence)
    if unread:
        warn(f"the registry could not be checked: {unread}")
    if any(found.problem for found in findings):
        raise click.exceptions.Exit(1)


@gateway.command()
@config_option
def run(path: Path) -> None:
    """Send the cameras' video until SIGTERM or Ctrl-C."""
    settings = load(path)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        dependencies, secrets = dependencies_of(settings), secrets_of(settings)
    except AWS_FAILURES as error:
        raise aws_failure(error) from None
    gateway = Gateway(settings, dependencies, secrets, SYSTEM_CLOCK)
    asyncio.run(_until_stopped(gateway.run))


@gateway.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(path: Path, *, as_json: bool) -> None:
    """Show the state of the gateway that runs on this machine.

    Exits with 1 if a camera has a problem.
    """
    port = load(path).port
    statuses = asyncio.run(_statuses(port))
    if as_json:
        click.echo(json.dumps(statuses, indent=2))
    else:
        say(statuses_table(statuses, width=console().width))
    for camera in statuses:
        if camera["problem"] and not as_json:
            warn(f"camera {camera['camera']}: {camera['problem']}")
    if any(camera["problem"] for camera in statuses):
        raise click.exceptions.Exit(1)


@gateway.command(name="policy")
@config_option
@on_stack
def show_policy(deployment: Deployment, path: Path) -> None:
    """Print a least-privilege IAM policy for a gateway, as JSON."""
    settings = load(path)
    registry = CameraRegistry(deployment.dynamodb, settings.registry_table)
    found = registry.get_many(settings.cameras)
    cameras = [camera for camera in found.values() if isinstance(camera, Camera)]
    for camera_id in settings.cameras:
        if not isinstance(found.get(camera_id), Camera):
            warn(
                f"camera {camera_id!r} is not in the registry or cannot be read, so this policy does not"
                " allow the gateway to send its video: correct the registry, then print the policy again"
            )
    caller = connected(
        lambda: deployment.session.client("sts", config=operator_config())
    ).get_caller_identity()
    region = settings.region or deployment.session.region_name
    account = Account(caller["Account"], region, deployment.session.get_partition_for_region(region))
    click.echo(json.dumps(policy(settings, cameras, account), indent=2))


async def _until_stopped(run: Callable[[asyncio.Event], Any]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await run(stopping)


async def _statuses(port: int) -> Sequence[dict[str, Any]]:
    if not port:
        raise NoGateway(
            "port is 0 in gateway.yaml, so the port is not known: set one; the gateway's log names the"
            " current one"
        )
    url = f"http://127.0.0.1:{port}/status"
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            statuses: list[dict[str, Any]] = await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NoGateway(
            f"no gateway answers on port {port} of this machine: start it with `occupancy gateway run`, or"
            " give its --config"
        ) from error
    return statuses
