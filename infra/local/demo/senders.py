"""Sends the demo's cameras into the cloud: through the store gateway or directly, and from units."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import boto3
from botocore.credentials import ReadOnlyCredentials

from infra.local.cloud import CREDENTIALS
from infra.local.demo.settings import STORE, Settings
from infra.local.simulated_store.deeplens_unit import UnitProcess
from infra.local.simulated_store.gateway import GatewaySetup, StoreGateway
from infra.local.simulated_store.publisher import Destination, StorePublisher
from infra.local.simulated_store.sender import Sender
from ingest.registry.camera import Mode

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

RETENTION_HOURS = 24


def senders(settings: Settings, outputs: Mapping[str, str]) -> Sequence[Sender]:
    """Create a stream of its name for each camera, and return all senders to the stack with these outputs."""
    kinesisvideo = boto3.client("kinesisvideo")
    for camera in settings.cameras:
        retention = 0 if settings.mode(camera.name) is Mode.MEDIA else RETENTION_HOURS
        kinesisvideo.create_stream(
            StreamName=camera.name, DataRetentionInHours=retention, MediaType="video/h264"
        )
    bucket = outputs["FrameBucketName"]
    units = [UnitProcess(unit, bucket, settings.sample_every) for unit in settings.units]
    if not settings.gateway:
        return [_publisher(settings, kinesisvideo), *units]
    # Mode `images` needs all frames: GetImages finds no picture between keyframes that are a second apart.
    all_frames = [camera.name for camera in settings.cameras if settings.mode(camera.name) is Mode.IMAGES]
    setup = GatewaySetup(
        STORE, outputs["CameraTableName"], bucket, settings.cameras, settings.snapshots, all_frames
    )
    return [StoreGateway(setup), *units]


def _publisher(settings: Settings, kinesisvideo: "KinesisVideoClient") -> StorePublisher:
    ((access_key, secret),) = CREDENTIALS.items()
    credentials = ReadOnlyCredentials(access_key, secret, None)
    return StorePublisher(settings.cameras, Destination(kinesisvideo, credentials))
