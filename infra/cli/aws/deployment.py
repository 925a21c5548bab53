"""The deployed stack that a command works on, with the credentials and the region of the environment."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import boto3
import click
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, NoRegionError

from counter.history.bucket import HistoryBucket
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from infra.cli.aws.failures import aws_failure, wrong_setting
from infra.cli.aws.stack import DEFAULT_STACK, DeployedStack, StackResources, find_stack, resources_of
from infra.cli.aws.streams import CameraStreams
from infra.cli.terminal.options import not_empty
from ingest.aws.clients import operator_config
from ingest.aws.failures import AWS_FAILURES
from ingest.kvs.readers import Readers, readers
from ingest.registry.table import CameraRegistry
from ingest.times import whole_millis

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

Client = TypeVar("Client", bound=BaseClient)

CONNECTIONS = 10
"""Connections to each host of KVS."""


@dataclass(frozen=True)
class Clock:
    """The clock of a command; a test passes its own as the object of the click context."""

    now: Callable[[], datetime] = lambda: whole_millis(datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep


class Deployment:
    """The stack and its resources; each is looked up when it is first used."""

    def __init__(self, stack_name: str, session: boto3.Session, clock: Clock) -> None:
        self.stack_name = stack_name
        self.session = session
        self.clock = clock

    @cached_property
    def stack(self) -> StackResources:
        """The stack's tables, bucket and queue. Raises StackNotFound or StackIncomplete."""
        return resources_of(self.deployed)

    @cached_property
    def deployed(self) -> DeployedStack:
        """The stack with its outputs and parameters. Raises StackNotFound."""
        cloudformation = connected(lambda: self.session.client("cloudformation", config=operator_config()))
        return find_stack(cloudformation, self.stack_name)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client of DynamoDB, for all tables."""
        return connected(lambda: self.session.client("dynamodb", config=operator_config()))

    @cached_property
    def registry(self) -> CameraRegistry:
        """The camera registry."""
        return CameraRegistry(self.dynamodb, self.stack.camera_table)

    @cached_property
    def occupancy(self) -> OccupancyTable:
        """The tables of rows and roll-ups."""
        return OccupancyTable(self.dynamodb, self.stack.occupancy_table, self.stack.quarter_hour_table)

    @cached_property
    def stores(self) -> StoreTable:
        """The stores. Raises StackIncomplete for a stack of an older version."""
        return StoreTable(self.dynamodb, self.deployed.output("StoreTableName"))

    @cached_property
    def marks(self) -> MarkTable:
        """The marks of days to be written again."""
        return MarkTable(self.dynamodb, self.deployed.output("StoreTableName"))

    @cached_property
    def history_bucket(self) -> HistoryBucket:
        """The history of days that are over. Raises StackIncomplete for a stack of an older version."""
        s3 = connected(lambda: self.session.client("s3", config=operator_config()))
        return HistoryBucket(s3, self.deployed.output("HistoryBucketName"))

    @cached_property
    def streams(self) -> CameraStreams:
        """The account's KVS streams."""
        return CameraStreams(
            connected(lambda: self.session.client("kinesisvideo", config=operator_config())),
            self.clock.sleep,
            self.stack_name,
        )

    @cached_property
    def service_quotas(self) -> Any:
        """A client of Service Quotas."""
        return connected(lambda: self.session.client("service-quotas", config=operator_config()))

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """A client of Lambda."""
        return connected(lambda: self.session.client("lambda", config=operator_config()))

    @cached_property
    def video(self) -> Readers:
        """The readers of the streams' video."""
        connected(lambda: self.session.client("kinesisvideo", config=operator_config()))
        return readers(self.session, CONNECTIONS, self.clock.sleep)


def connected(connect: Callable[[], Client]) -> Client:
    """The client that `connect` creates. Raises AwsFailure if a setting of the environment is wrong."""
    try:
        client = connect()
        endpoint = client.meta.endpoint_url
    except BotoCoreError:
        raise  # some of them are ValueErrors, too
    except ValueError as error:
        raise wrong_setting(error, os.environ) from error
    try:
        _ = urlsplit(endpoint).port  # botocore checks it only in the first call
    except ValueError as error:
        raise wrong_setting(ValueError(f"{error}: {endpoint}"), os.environ) from error
    return client


def _session(region: str | None) -> boto3.Session:
    """A session with its region and, if there are any, its credentials. Raises AwsFailure."""
    session = boto3.Session(region_name=region)
    if not session.region_name:
        raise NoRegionError
    try:
        credentials = session.get_credentials()
        if credentials:
            credentials.get_frozen_credentials()
    except BotoCoreError:
        raise
    except (ValueError, OSError) as error:  # OSError: the file of a token does not exist
        raise wrong_setting(error, os.environ) from error
    return session


def on_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--stack` and `--region` to a command and pass the Deployment they name as its first argument.

    An error of AWS then ends the command with one sentence.
    """

    @click.option(
        "--stack",
        "stack_name",
        envvar="OCCUPANCY_STACK",
        default=DEFAULT_STACK,
        show_default=True,
        show_envvar=True,
        callback=not_empty,
        help="The deployed stack.",
    )
    @click.option(
        "--region", envvar="AWS_REGION", callback=not_empty, help="The AWS region [default: the profile's]."
    )
    @wraps(command)
    def on_this_stack(*args: Any, stack_name: str, region: str | None, **options: Any) -> None:
        clock = click.get_current_context().find_object(Clock) or Clock()
        try:
            command(Deployment(stack_name, _session(region), clock), *args, **options)
        except AWS_FAILURES as error:
            raise aws_failure(error) from None

    return on_this_stack
