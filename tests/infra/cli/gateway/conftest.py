"""Where the tests of the gateway put its gateway.yaml."""

import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.overhearing import overheard

__all__ = ["overheard"]  # a fixture for all tests of the folder


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.yaml"


def config(path: Path, cameras: dict[str, Any], **settings: Any) -> None:
    values = {"store": "shop", "registry_table": "cameras", "frame_bucket": "frames", "cameras": cameras}
    path.write_text(
        yaml.safe_dump(
            {**values, "spool": {"directory": str(path.parent / "s")}, **settings}, sort_keys=False
        )
    )
