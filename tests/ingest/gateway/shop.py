"""A shop for the gateway: its registry, bucket and streams, and the status of its gateway."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from moto import mock_aws

from ingest.frames.keys import FrameKey, parse
from ingest.gateway.config.secrets import Secrets
from ingest.gateway.config.settings import parse as parse_settings
from ingest.gateway.supervisor import Gateway, GatewayDependencies
from ingest.gateway.timing.clock import Clock
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from tests.credentials import PASSWORD, TOKEN, USER
from tests.ingest.cloud import create_camera_table
from tests.ingest.gateway.conftest import QUICK, Kvs
from tests.ingest.gateway.fake_clock import CLOCK

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
PAGES = ("/healthz", "/metrics", "/status")
EVERY_SECOND = Sampling(sample_every=1)
SECRETS = Secrets({"WORD": PASSWORD, "USER_NAME": USER, "TOKEN": TOKEN})


@dataclass
class Shop:
    """A store's cloud and its gateway's settings."""

    kvs: Kvs
    registry: CameraRegistry
    s3: Any
    directory: Path
    cameras: dict[str, dict[str, str]]
    clock: Clock = CLOCK

    def add(self, name: str, url: str, **settings: Any) -> None:
        """Add a camera to gateway.yaml and the registry, and create its stream if it needs one."""
        self.cameras[name] = {"url": url, "send": "all"}
        camera = Camera(name, **{"store_id": "shop", "since": SINCE, **settings})
        self.registry.add(camera)
        with suppress(self.kvs.control.exceptions.ResourceInUseException):
            if camera.stream_name:
                self.kvs.control.create_stream(StreamName=camera.stream_name, DataRetentionInHours=24)

    def gateway(self, **changes: Any) -> Gateway:
        settings = {
            "store": "shop",
            "registry_table": "cameras",
            "frame_bucket": "frames",
            "port": 0,
            "spool": {"directory": self.directory / "spool"},
            "cameras": self.cameras,
        }
        dependencies = GatewayDependencies(
            self.kvs.destination(), self.registry, self.s3, self.kvs.server.url, timings=QUICK
        )
        return Gateway(
            parse_settings({**settings, **changes}, "gateway.yaml"), dependencies, SECRETS, self.clock
        )

    def frames(self) -> list[FrameKey]:
        found = self.s3.list_objects_v2(Bucket="frames").get("Contents", [])
        return [key for item in found if isinstance(key := parse(item["Key"]), FrameKey)]


@pytest.fixture
def shop(kvs: Kvs, tmp_path: Path) -> Iterator[Shop]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        s3 = boto3.client("s3", region_name="us-east-1")
        create_camera_table(dynamodb)
        s3.create_bucket(Bucket="frames")
        yield Shop(kvs, CameraRegistry(dynamodb, "cameras"), s3, tmp_path, {})


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[None]:
    """Run the gateway, from when it serves its pages until it has delivered what waits."""
    stopping = asyncio.Event()
    task = asyncio.ensure_future(gateway.run(stopping))
    try:
        while not gateway.port and not task.done():
            await asyncio.sleep(0.02)
        yield
        if not task.done():
            for path in PAGES:
                await page(gateway, path)  # its last words are overheard
    finally:
        stopping.set()
        await task


async def page(gateway: Gateway, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{gateway.port}{path}") as response,
    ):
        return response.status, await response.text()


async def until(gateway: Gateway, condition: str, seconds: float = 30) -> list[dict[str, Any]]:
    """Wait until a Python expression over the statuses (`door`, `till` ...) is true; return them."""
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"http://127.0.0.1:{gateway.port}/status") as response:
                statuses: list[dict[str, Any]] = await response.json()
            if eval(condition, {status["camera"].replace("-", "_"): status for status in statuses}):  # noqa: S307
                return statuses
            await asyncio.sleep(0.1)
