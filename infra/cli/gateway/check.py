"""`occupancy gateway check`: what the cameras send, and what the registry has of them."""

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
    """(what was found of each camera, why the registry was not looked at).

    All side by side: it is waiting, mostly.
    """
    secrets = secrets_of(settings)
    with ThreadPoolExecutor(max_workers=9) as pool:
        reading = pool.submit(_registered, settings)
        looks = list(pool.map(lambda name: _looked_at(settings, name, secrets, seconds), settings.cameras))
        registered = reading.result()
    twice = shared_addresses([one for _, one in looks if one is not None])
    looks = [(_advised(found, twice.get(found.camera)), one) for found, one in looks]
    if isinstance(registered, AwsFailure):
        return [found for found, _ in looks], registered
    return [_compared(found, source, registered, settings.store) for found, source in looks], None


def _registered(settings: GatewaySettings) -> Registered | AwsFailure:
    try:
        return registry_of(settings).get_many(settings.cameras)
    except AwsFailure as error:
        return error
    except AWS_FAILURES as error:
        return aws_failure(error)


def _looked_at(
    settings: GatewaySettings, camera_id: str, secrets: Secrets, seconds: float
) -> tuple[Finding, GatewayCamera | None]:
    try:
        one = camera(settings, camera_id, secrets)
    except OccupancyError as error:
        return Finding(camera_id, str(error)), None
    found = check_video(one, seconds) if Source.KVS in one.sources else None
    return found or asyncio.run(_pictures(one)), one


async def _pictures(one: GatewayCamera) -> Finding:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        return await check_pictures(one, session)


def _compared(found: Finding, source: GatewayCamera | None, registered: Registered, store: str) -> Finding:
    """With what keeps `run` from sending it."""
    if source is None:
        return found
    item = registered.get(found.camera)
    if wrong := mismatch(item, source, store):
        return replace(found, problem=joined(found.problem, wrong))
    missing = missing_frames(item, source.send) if isinstance(item, Camera) else None
    return _advised(found, missing)


def _advised(found: Finding, sentence: str | None) -> Finding:
    return replace(found, advice=(*found.advice, sentence)) if sentence else found
