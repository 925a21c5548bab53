"""The least that a gateway may do in AWS, as an IAM policy. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ingest.frames.keys import PREFIX
from ingest.gateway.config.secrets import named_secrets
from ingest.gateway.config.settings import GatewaySettings
from ingest.registry.camera import Camera, Source


@dataclass(frozen=True)
class Account:
    """Where the ARNs are."""

    account: str
    region: str
    partition: str = "aws"


def policy(settings: GatewaySettings, cameras: Iterable[Camera], account: Account) -> dict[str, Any]:
    """Send to these cameras' streams, put the push cameras' frames, read the registry's items and secrets.

    `cameras` are those of the settings that are registered. The items of all are asked for in one call, which
    is denied as a whole where one of them may not be read.
    """
    cameras = sorted(cameras, key=lambda one: one.camera_id)
    secrets = [name for one in settings.cameras.values() for name in named_secrets(one.url)]
    home = f"{account.region}:{account.account}"
    streams = [
        f"arn:{account.partition}:kinesisvideo:{home}:stream/{one.stream_name}/*"
        for one in cameras
        if one.stream_name is not None
    ]
    frames = [
        f"arn:{account.partition}:s3:::{settings.frame_bucket}/{PREFIX}{one.camera_id}/*"
        for one in cameras
        if one.source is Source.PUSH
    ]
    # Secrets Manager ends an ARN with six characters of its own.
    names = [f"arn:{account.partition}:secretsmanager:{home}:secret:{one}-??????" for one in secrets]
    named = {one if one.startswith("arn:") else name for one, name in zip(secrets, names, strict=True)}
    registry = [f"arn:{account.partition}:dynamodb:{home}:table/{settings.registry_table}"]
    keys = {"dynamodb:LeadingKeys": sorted(settings.cameras)}
    statements = [
        _statement("SendVideo", "kinesisvideo", ("DescribeStream", "GetDataEndpoint", "PutMedia"), streams),
        _statement("PutFrames", "s3", ("PutObject",), frames),
        _statement("ReadRegistry", "dynamodb", ("BatchGetItem",), registry)
        | {"Condition": {"ForAllValues:StringEquals": keys}},
        _statement("ReadSecrets", "secretsmanager", ("GetSecretValue",), sorted(named)),
    ]
    return {"Version": "2012-10-17", "Statement": [one for one in statements if one["Resource"]]}


def _statement(sid: str, service: str, actions: Iterable[str], resources: list[str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": resources,
    }
