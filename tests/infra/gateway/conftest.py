"""The local cloud, and a shop's box; its output is searched for credentials."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from tests.chain import CountsSquares, chain_cloud
from tests.infra.gateway.box import Box
from tests.ingest.gateway.videos import Made, write
from tests.overhearing import overheard

__all__ = ["overheard"]  # a fixture for all tests here


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with chain_cloud(CountsSquares()) as cloud:
        yield cloud


@pytest.fixture
def box(cloud: LocalCloud, tmp_path: Path) -> Iterator[Box]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    outputs = cloud.stack.outputs
    places = {"registry_table": outputs["CameraTableName"], "frame_bucket": outputs["FrameBucketName"]}
    yield Box(tmp_path, {"store": "shop", "port": port, **places})
    cloud.kvs.faults.clear()


@pytest.fixture
def video(tmp_path: Path) -> str:
    write(tmp_path / "v.mp4", Made(frames=500, gop=25))
    return str(tmp_path / "v.mp4")
