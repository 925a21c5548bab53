"""What a command works on: the deployed stack, by the credentials and the region of the environment."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError
from botocore.parsers import ResponseParserError

from counter.table import OccupancyTable
from infra.cli.aws_failures import aws_failure
from infra.cli.stack import DEFAULT_STACK, Stack, find_stack
from infra.cli.streams import Streams
from ingest.registry import CameraRegistry
from ingest.times import whole_millis


@dataclass(frozen=True)
class Clock:
    """Where a command has its time from; a test gives its own as the click context's object."""

    now: Callable[[], datetime] = lambda: whole_millis(datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep


class Deployment:
    """The stack and what it consists of; each part is looked up when first used."""

    def __init__(self, stack_name: str, session: boto3.Session, clock: Clock) -> None:
        self._stack_name = stack_name
        self.session = session
        self.clock = clock

    @cached_property
    def stack(self) -> Stack:
        """The stack's outputs. Raises StackNotFound or StackIncomplete."""
        return find_stack(self.session.client("cloudformation"), self._stack_name)

    @cached_property
    def registry(self) -> CameraRegistry:
        """The camera registry."""
        return CameraRegistry(self.session.client("dynamodb"), self.stack.camera_table)

    @cached_property
    def occupancy(self) -> OccupancyTable:
        """The rows and roll-ups."""
        dynamodb = self.session.client("dynamodb")
        return OccupancyTable(dynamodb, self.stack.occupancy_table, self.stack.quarter_hour_table)

    @cached_property
    def streams(self) -> Streams:
        """The account's KVS streams."""
        return Streams(self.session.client("kinesisvideo"), self.clock.sleep)


def on_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--stack` and `--region` and, as its first argument, the Deployment they name.

    What AWS refuses then ends the command with one sentence.
    """

    @click.option(
        "--stack",
        "stack_name",
        envvar="OCCUPANCY_STACK",
        default=DEFAULT_STACK,
        show_default=True,
        show_envvar=True,
        help="The deployed stack.",
    )
    @click.option("--region", envvar="AWS_REGION", help="The AWS region, if not the profile's.")
    @wraps(command)
    def on_this_stack(*args: Any, stack_name: str, region: str | None, **options: Any) -> None:
        clock = click.get_current_context().find_object(Clock) or Clock()
        try:
            session = boto3.Session(region_name=region)
            if not session.region_name:
                raise NoRegionError
            command(Deployment(stack_name, session, clock), *args, **options)
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            raise aws_failure(error) from error

    return on_this_stack
