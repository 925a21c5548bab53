"""Cameras while the registry changes, or cannot be read, and the gateway runs."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from ingest.gateway.spool.spool import Bounds, Spool
from ingest.registry.camera import Mode, Source
from ingest.registry.opening_hours import OpeningHours
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_millis
from tests.ingest.cloud import create_camera_table
from tests.ingest.gateway.conftest import START, fragment, put
from tests.ingest.gateway.shop import Shop, page, running, shop, until
from tests.ingest.gateway.videos import Made, write

__all__ = ["shop"]  # a fixture

NOT_THERE = (
    "camera 'door' is not in the registry: run `occupancy camera add door`, or remove it from gateway.yaml"
)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateway.supervisor.REGISTRY_EVERY", 0.2)


@pytest.fixture
def video(tmp_path: Path) -> str:
    write(tmp_path / "v.mp4", Made(frames=50, gop=25))
    return str(tmp_path / "v.mp4")


def remove(shop: Shop) -> None:
    shop.registry.remove("door")


def move(shop: Shop) -> None:
    before = shop.registry.get("door")
    shop.registry.change(before, replace(before.camera, store_id="other"), from_millis(START))


def spoil(shop: Shop) -> None:
    table = boto3.client("dynamodb", region_name="us-east-1")
    table.update_item(
        TableName="cameras",
        Key={"CameraId": {"S": "door"}},
        UpdateExpression="SET StoreId = :no",
        ExpressionAttributeValues={":no": {"S": ""}},
    )


@pytest.mark.parametrize(
    ("change", "sentence"), [(remove, NOT_THERE), (move, "camera 'door' belongs to store 'other'")]
)
def test_a_camera_that_is_taken_out_is_stopped_and_named(
    shop: Shop, video: str, caplog: pytest.LogCaptureFixture, change: Callable[[Shop], None], sentence: str
) -> None:
    shop.add("door", video)
    shop.add("till", video)

    async def run() -> None:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "door['delivered'] and till['delivered']")
            await asyncio.to_thread(change, shop)
            door, till = await until(gateway, "door['state'] == 'failing' and not door['last_packet_age']")
            assert door["problem"].startswith(sentence)
            assert till["problem"] is None
            status, text = await page(gateway, "/healthz")
            assert (status, text.startswith(f"door: {sentence}")) == (503, True)
            while f"camera door: failing: {sentence}" not in caplog.text:
                await asyncio.sleep(0.02)  # the log follows the statuses once a second

    asyncio.run(run())


def test_an_item_that_cannot_be_read_is_named_and_stops_nothing(shop: Shop, video: str) -> None:
    shop.add("door", video)

    async def run() -> dict[str, Any]:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "door['delivered']")
            await asyncio.to_thread(spoil, shop)
            before = (await until(gateway, "door['problem']"))[0]
            await until(gateway, f"door['delivered'] > {before['delivered']}")
            return before

    before = asyncio.run(run())
    assert before["state"] == "live"
    assert "door" in before["problem"]


def test_a_registry_that_cannot_be_read_is_no_registry_without_the_camera(
    shop: Shop, video: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first start; it is read again earlier than usual."""
    monkeypatch.setattr("ingest.gateway.supervisor.REGISTRY_EVERY", 3600.0)
    monkeypatch.setattr("ingest.gateway.supervisor.UNREAD_EVERY", 0.2)
    caplog.set_level(logging.INFO)
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    dynamodb.delete_table(TableName="cameras")
    shop.cameras["door"] = {"url": video, "send": "all"}

    async def run() -> str:
        gateway = shop.gateway()
        async with running(gateway):
            statuses = await until(gateway, "door['problem']")
            await asyncio.to_thread(create_camera_table, dynamodb)
            await asyncio.to_thread(shop.add, "door", video)
            await until(gateway, "door['delivered'] and not door['problem']")
        return str(statuses[0]["problem"])

    problem = asyncio.run(run())
    assert problem.startswith("the registry could not be read, and camera 'door' is not known from before")
    assert problem.endswith(": see registry_table in gateway.yaml")
    assert "; no camera can be started before" in caplog.text
    assert "registry: read again" in caplog.text


def test_a_registry_that_cannot_be_read_any_more_stops_nothing(
    shop: Shop, video: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.add("door", video)

    async def run() -> None:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "door['delivered']")
            boto3.client("dynamodb", region_name="us-east-1").delete_table(TableName="cameras")
            while "; going on with what it said last" not in caplog.text:
                await asyncio.sleep(0.02)
            before = (await until(gateway, "door"))[0]["delivered"]
            await until(gateway, f"door['delivered'] > {before} and not door['problem']")

    asyncio.run(run())


def test_what_a_cache_does_not_have_may_be_registered_by_now(shop: Shop, video: str) -> None:
    """Added to gateway.yaml and the registry, before a start without network."""
    shop.add("till", video)

    async def run() -> list[dict[str, Any]]:
        async with running(first := shop.gateway()):
            await until(first, "till['delivered']")
        shop.cameras["door"] = {"url": video}
        shop.registry = CameraRegistry(boto3.client("dynamodb", region_name="us-east-1"), "mistyped")
        async with running(again := shop.gateway()):
            return await until(again, "till['delivered'] and door['problem']")

    till, door = asyncio.run(run())
    assert till["problem"] is None
    assert "camera 'door' is not known from before" in door["problem"]


def test_what_waited_for_another_stream_is_given_up_in_time(
    shop: Shop, video: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.gateway.supervisor.DROPPED_EVERY", 0.2)
    shop.add("door", video)
    left = shop.directory / "spool" / "door@other"
    put(Spool(left, Bounds(10_000_000)), fragment(-900_000))

    async def run() -> None:
        async with running(shop.gateway()):
            while left.exists():
                await asyncio.sleep(0.02)

    asyncio.run(run())
    assert "camera door: 1 given up, from 2026-10-" in caplog.text
    assert (shop.directory / "spool" / "door@door").is_dir()


def test_a_camera_that_is_disabled_is_not_said_to_be_closed(shop: Shop, video: str) -> None:
    shut = OpeningHours(((),) * 7)
    address = "http://127.0.0.1:1/snapshot.jpg"
    shop.add("door", video, sampling=Sampling(enabled=False))
    shop.add("till", address, source=Source.PUSH, sampling=Sampling(enabled=False))
    shop.add("shut-door", video, sampling=Sampling(opening_hours=shut))
    shop.add("shut-till", address, source=Source.PUSH, sampling=Sampling(opening_hours=shut))

    async def run() -> None:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "door['state'] == till['state'] == 'disabled'")
            await until(gateway, "shut_door['state'] == shut_till['state'] == 'closed'")
            assert (await page(gateway, "/healthz"))[0] == 200

    asyncio.run(run())


def test_a_camera_whose_images_are_asked_for_has_to_send_all(
    shop: Shop, video: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.add("door", video, mode=Mode.IMAGES)
    shop.cameras["door"]["send"] = "keyframes"
    shop.add("till", video, stream_name="till", mode=Mode.IMAGES)

    async def run() -> None:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "door['state'] == till['state'] == 'live'")

    asyncio.run(run())
    warned = [record.getMessage() for record in caplog.records if "mode images" in record.getMessage()]
    assert warned == [
        "camera door: it is in mode images, which needs every frame: set `send: all` for it in gateway.yaml"
    ]
