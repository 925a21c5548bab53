"""The AWS clients of the gateway's commands, from gateway.yaml and the environment's credentials."""

import os
import time
from typing import Any

import boto3

from infra.cli.aws.deployment import connected
from infra.cli.aws.failures import AwsFailure, aws_failure
from ingest.aws.clients import client_config
from ingest.aws.failures import AWS_FAILURES
from ingest.gateway.config.secrets import Secrets, named_secrets
from ingest.gateway.config.secrets_manager import secrets_manager
from ingest.gateway.config.settings import GatewaySettings
from ingest.gateway.supervisor import GatewayDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.tls import session_factory
from ingest.registry.table import CameraRegistry

# A shop's line is slower than AWS's own network.
CONFIG = client_config(read_seconds=20.0)


def session_of(settings: GatewaySettings) -> boto3.Session:
    """A session in the region of gateway.yaml or of the environment. Raises AwsFailure if there is none."""
    # Other AWS SDKs and Lambda use this name; boto3 itself reads only AWS_DEFAULT_REGION.
    session = boto3.Session(region_name=settings.region or os.environ.get("AWS_REGION"))
    if not session.region_name:
        raise AwsFailure("no AWS region is set: set region in gateway.yaml, AWS_REGION or the profile's")
    return session


def secrets_of(settings: GatewaySettings) -> Secrets:
    """The secrets; Secrets Manager is used only if an address needs it, since `check` needs no AWS.

    Raises AwsFailure.
    """
    if not any(named_secrets(camera.url) for camera in settings.cameras.values()):
        return Secrets()
    try:
        client: Any = connected(lambda: session_of(settings).client("secretsmanager", config=CONFIG))
    except AWS_FAILURES as error:
        raise aws_failure(error) from None
    return Secrets(from_manager=secrets_manager(client))


def registry_of(settings: GatewaySettings) -> CameraRegistry:
    """The registry that gateway.yaml names. Raises AwsFailure."""
    session = session_of(settings)
    dynamodb = connected(lambda: session.client("dynamodb", config=CONFIG))
    return CameraRegistry(dynamodb, settings.registry_table)


def dependencies_of(settings: GatewaySettings) -> GatewayDependencies:
    """AWS as `run` needs it. Raises AwsFailure."""
    session = session_of(settings)
    kinesisvideo = connected(lambda: session.client("kinesisvideo", config=CONFIG))
    return GatewayDependencies(
        Destination(kinesisvideo, session.get_credentials(), time.monotonic),
        registry_of(settings),
        connected(lambda: session.client("s3", config=CONFIG)),
        kinesisvideo.meta.endpoint_url,
        session_factory(os.environ.get("AWS_CA_BUNDLE")),
    )
