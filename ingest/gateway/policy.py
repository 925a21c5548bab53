"""The least-privilege IAM policy of a gateway. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ingest.frames.keys import PREFIX
from ingest.gateway.config.secrets import named_secrets
from ingest.gateway.config.settings import GatewaySettings
from ingest.registry.camera import Camera, Source


@dataclass(frozen=True)
class Account:
    """The account and region of the ARNs."""

    account: str
    region: str
    partition: str = "aws"


def policy(settings: GatewaySettings, cameras: Iterable[Camera], account: Account) -> dict[str, Any]:
    """The policy: send to these cameras' streams, put push cameras' frames, read registry items and secrets.

    `cameras` are the registered ones of the settings. The gateway may read the registry items of all its
    cameras: it reads them in one call, which AWS denies as a whole if one item may not be read.
    """
    cameras = sorted(cameras, key=lambda camera: camera.camera_id)
    secrets = [secret for camera in settings.cameras.values() for secret in named_secrets(camera.url)]
    home = f"{account.region}:{account.account}"
    streams = [
        f"arn:{account.partition}:kinesisvideo:{home}:stream/{camera.stream_name}/*"
        for camera in cameras
        if camera.stream_name is not None
    ]
    frames = [
        f"arn:{account.partition}:s3:::{settings.frame_bucket}/{PREFIX}{camera.camera_id}/*"
        for camera in cameras
        if camera.source is Source.PUSH
    ]
    secret_arns = {
        _secret_arn(secret, f"arn:{account.partition}:secretsmanager:{home}") for secret in secrets
    }
    registry = [f"arn:{account.partition}:dynamodb:{home}:table/{settings.registry_table}"]
    keys = {"dynamodb:LeadingKeys": sorted(settings.cameras)}
    statements = [
        _statement("SendVideo", "kinesisvideo", ("DescribeStream", "GetDataEndpoint", "PutMedia"), streams),
        _statement("PutFrames", "s3", ("PutObject",), frames),
        _statement("ReadRegistry", "dynamodb", ("BatchGetItem",), registry)
        | {"Condition": {"ForAllValues:StringEquals": keys}},
        _statement("ReadSecrets", "secretsmanager", ("GetSecretValue",), sorted(secret_arns)),
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [statement for statement in statements if statement["Resource"]],
    }


def _secret_arn(secret: str, service: str) -> str:
    """The ARN of a secret named by ID or ARN. Secrets Manager adds six random characters to an ID."""
    return secret if secret.startswith("arn:") else f"{service}:secret:{secret}-??????"


def _statement(sid: str, service: str, actions: Iterable[str], resources: list[str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": resources,
    }
