"""`occupancy camera upload-policy`: the permissions of a device that uploads the frames of one camera."""

import json
from typing import Any

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.aws.stack import DeployedStack
from infra.cli.camera.lookup import registered_camera
from ingest.errors import OccupancyError
from ingest.frames.keys import PREFIX
from ingest.registry.camera import Camera, Source


class NoUploads(OccupancyError):
    """A camera whose frames no device uploads."""

    def __init__(self, camera: Camera) -> None:
        super().__init__(
            f"camera {camera.camera_id!r} is a {camera.source.value} camera: the pull puts its frames, and no"
            " device needs to upload them"
        )


@click.command(name="upload-policy")
@click.argument("camera_id", metavar="CAMERA")
@on_stack
def upload_policy(deployment: Deployment, camera_id: str) -> None:
    """Print the IAM policy of a device that uploads the frames of one push camera.

    Attach it to the user or role of that device. `occupancy gateway policy` prints the policy of a gateway.
    """
    camera = registered_camera(deployment.registry, camera_id).camera
    click.echo(json.dumps(policy_of(camera, deployment.deployed), indent=2))


def policy_of(camera: Camera, deployed: DeployedStack) -> dict[str, Any]:
    """Allow to put the frames of one camera, nothing else. Raises NoUploads."""
    if camera.source is not Source.PUSH:
        raise NoUploads(camera)
    # The keys of the original DeepLens function are a date and a time, without the name of the camera.
    keys = "20??-??-??*" if camera.original_deeplens else f"{camera.camera_id}/*"
    bucket = deployed.output("FrameBucketName")
    place = deployed.place
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": f"arn:{place.partition}:s3:::{bucket}/{PREFIX}{keys}",
        }
    ]
    if key := deployed.parameters.get("KmsKeyArn"):
        suffix = "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"
        via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{place.region}.{suffix}"}}
        statements.append(
            {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": key, "Condition": via_s3}
        )
    return {"Version": "2012-10-17", "Statement": statements}
