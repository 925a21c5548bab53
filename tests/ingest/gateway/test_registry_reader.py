import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from ingest.gateway.registry_reader import RegistryReader
from ingest.registry.camera import Camera, InvalidCamera
from ingest.times import from_millis

if TYPE_CHECKING:
    from ingest.registry.table import CameraRegistry

DOOR = Camera("door", "shop", from_millis(1_795_393_011_685))
NO_TILL = InvalidCamera("till", ["it has no store"])


class Registry:
    """A registry that can be made unreachable."""

    def __init__(self) -> None:
        self.is_away = False

    def get_many(self, camera_ids: Collection[str]) -> Mapping[str, Camera | InvalidCamera]:
        if self.is_away:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return {"door": DOOR, "till": NO_TILL}


def reader(registry: Registry, path: Path) -> RegistryReader:
    return RegistryReader(cast("CameraRegistry", registry), ("door", "till"), path / "registry.json")


def test_what_it_said_last_holds_while_it_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    registry = Registry()
    reads = reader(registry, tmp_path)
    first = reads.read()
    registry.is_away = True
    away = [reads.read(), reads.read()]
    problem = reads.problem
    registry.is_away = False

    assert (first.cameras, first.unread) == ({"door": DOOR, "till": NO_TILL}, None)
    assert away == [first, first]
    assert "no answer from dynamodb" in str(problem)
    assert (reads.read(), reads.problem) == (first, None)
    assert [message.partition("; ")[2] for message in caplog.messages] == [
        "going on with what it said last",
        "",
    ]
    assert caplog.messages[1] == "registry: read again"


def test_at_a_start_without_network_the_file_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registry = Registry()
    reader(registry, tmp_path).read()
    registry.is_away = True
    found = reader(registry, tmp_path).read()
    unknown = reader(registry, tmp_path / "other").read()

    assert found.cameras == {"door": DOOR}  # an invalid one may be valid by now
    assert (unknown.cameras, unknown.unread == found.unread) == ({}, True)
    assert [message.partition("; ")[2] for message in caplog.messages] == [
        "going on with what it said last",
        "no camera can be started before",
    ]
