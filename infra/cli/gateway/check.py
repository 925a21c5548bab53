"""`occupancy gateway check`: checks what the cameras send, and compares them with the registry."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import aiohttp

from infra.cli.aws.failures import AwsFailure, aws_failure
from infra.cli.gateway.clients import registry_of, secrets_of
from ingest.aws.failures import AWS_FAILURES
from ingest.errors import OccupancyError
from ingest.gateway.check.camera_check import check_pictures, check_video
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.registry_check import mismatch, missing_frames, shared_addresses
from ingest.gateway.config.secrets import Secrets
from ingest.gateway.config.settings import GatewayCamera, GatewaySettings, camera
from ingest.gateway.status import joined
from ingest.registry.camera import Camera, InvalidCamera, Source

Registered = Mapping[str, Camera | InvalidCamera]


def checked(settings: GatewaySettings, seconds: float) -> tuple[list[Finding], AwsFailure | None]:
    """The finding of each camera, and why the registry could not be read, if so.

    Checks all cameras in parallel, because a check mostly waits.
    """
    secrets = secrets_of(settings)
    with ThreadPoolExecutor(max_workers=9) as pool:
        reading = pool.submit(_registered, settings)
        checks = list(
            pool.map(lambda name: _checked_camera(settings, name, secrets, seconds), settings.cameras)
        )
        registered = reading.result()
    same_address = shared_addresses([source for _, source in checks if source is not None])
    checks = [(_advised(found, same_address.get(found.camera)), source) for found, source in checks]
    if isinstance(registered, AwsFailure):
        return [found for found, _ in checks], registered
    return [_compared(found, source, registered, settings.store) for found, source in checks], None


def _registered(settings: GatewaySettings) -> Registered | AwsFailure:
    try:
        return registry_of(settings).get_many(settings.cameras)
    except AwsFailure as error:
        return error
    except AWS_FAILURES as error:
        return aws_failure(error)


def _checked_camera(
    settings: GatewaySettings, camera_id: str, secrets: Secrets, seconds: float
) -> tuple[Finding, GatewayCamera | None]:
    try:
        source = camera(settings, camera_id, secrets)
    except OccupancyError as error:
        return Finding(camera_id, str(error)), None
    found = check_video(source, seconds) if Source.KVS in source.sources else None
    return found or asyncio.run(_checked_pictures(source)), source


async def _checked_pictures(source: GatewayCamera) -> Finding:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        return await check_pictures(source, session)


def _compared(found: Finding, source: GatewayCamera | None, registered: Registered, store: str) -> Finding:
    """Add what would keep `run` from sending the camera."""
    if source is None:
        return found
    item = registered.get(found.camera)
    if problem := mismatch(item, source, store):
        return replace(found, problem=joined(found.problem, problem))
    missing = missing_frames(item, source.send) if isinstance(item, Camera) else None
    return _advised(found, missing)


def _advised(found: Finding, sentence: str | None) -> Finding:
    return replace(found, advice=(*found.advice, sentence)) if sentence else found
