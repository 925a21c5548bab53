import asyncio
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.config import Config

from infra.local.kvs.server import KvsServer
from ingest.frames.inspection import Inspection, digest_of
from ingest.gateway.spool.folder import SpoolUnusable
from ingest.gateway.uplink.publisher import Publisher
from ingest.gateway.web import PortTaken
from ingest.registry.camera import Camera, Source
from ingest.registry.opening_hours import OpeningHours
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_millis
from tests.awaiting import await_that
from tests.ingest.gateway.conftest import Kvs
from tests.ingest.gateway.http_camera import http_camera
from tests.ingest.gateway.shop import EVERY_SECOND, PAGES, Shop, page, running, shop, until
from tests.ingest.gateway.videos import Made, jpeg, write
from tests.ingest.gateway.webcam import webcam

__all__ = ["shop"]  # a fixture


def test_all_kinds_of_cameras_and_one_that_fails(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))
    caplog.set_level(logging.INFO)

    async def run() -> dict[str, str]:
        async with http_camera() as (_, port):
            shop.add("door", str(video), stream_name="door-stream")
            login = "${USER_NAME}:${WORD}@"
            url = f"http://{login}127.0.0.1:{port}/basic/snapshot.jpg?token=${{TOKEN}}"
            shop.add("till", url, source=Source.PUSH, sampling=EVERY_SECOND)
            shop.add("cellar", f"rtsp://{login}127.0.0.1:1/${{TOKEN}}", stream_name="cellar")
            gateway = shop.gateway()
            async with running(gateway):
                await until(gateway, "door['delivered'] and till['delivered'] and cellar['problem']")
                pages = {path: (await page(gateway, path))[1] for path in PAGES}
                assert (await page(gateway, "/healthz"))[0] == 503
                while "camera cellar: failing" not in caplog.text:
                    await asyncio.sleep(0.02)  # the log follows the statuses once a second
            return pages

    pages = asyncio.run(run())
    assert pages["/healthz"] == "cellar: rtsp://127.0.0.1:1/*** refuses the connection: is that its port?\n"
    assert 'occupancy_gateway_camera_state{camera="door",state="live"} 1' in pages["/metrics"]
    assert "camera door: live (H.264 160x96)" in caplog.text
    assert "camera cellar: failing: rtsp://127.0.0.1:1/*** refuses the connection" in caplog.text
    stored = shop.frames()
    assert stored
    for key in stored:
        assert key.camera_id == "till"
        assert not key.instant.microsecond
        assert 0 <= (key.instant - key.frame_time).total_seconds() < 1
        assert shop.s3.get_object(Bucket="frames", Key=str(key))["Body"].read() == jpeg()
    assert sorted(path.name for path in (shop.directory / "spool").iterdir()) == [
        "cellar@cellar", "door@door-stream", "lock", "registry.json", "till",
    ]  # fmt: skip


def test_a_webcam_is_what_the_registry_says(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pushed where it is a push camera; and one sentence where KVS is to take it, but cannot."""
    monkeypatch.setattr("ingest.gateway.config.addresses._DEVICE_PATHS", (str(tmp_path / "video"),))
    monkeypatch.setattr("ingest.gateway.config.addresses.DEVICE_FORMAT", "mjpeg")

    async def run() -> list[dict[str, Any]]:
        with webcam(tmp_path / "video0") as till, webcam(tmp_path / "video1") as door:
            shop.add("till", str(till.path), source=Source.PUSH, sampling=EVERY_SECOND)
            shop.add("door", str(door.path))
            shop.add("gone", str(tmp_path / "video2"), source=Source.PUSH)
            gateway = shop.gateway()
            async with running(gateway):
                condition = "till['delivered'] >= 3 and door['problem'] and gone['problem']"
                statuses = await until(gateway, condition)
            await asyncio.to_thread(await_that, lambda: not till.is_read)
        return statuses

    till, door, gone = asyncio.run(run())
    assert gone["problem"] == f"{tmp_path}/video2 does not exist: is it plugged in?"
    assert (till["state"], till["problem"]) == ("live", None)
    assert door["problem"].endswith("make it a push camera with `occupancy camera set NAME --source push`")
    for key in shop.frames():
        assert key.camera_id == "till"
        assert 0 <= (key.instant - key.frame_time).total_seconds() < 1
        assert shop.s3.get_object(Bucket="frames", Key=str(key))["Body"].read() == jpeg()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"store_id": "other"},
            "camera 'door' belongs to store 'other' in the registry, but this gateway serves",
        ),
        ({"source": Source.PUSH}, "camera 'door' has source 'push' in the registry, but"),
        (
            {"stream_name": "shared"},
            "cameras 'aisle' and 'door' share the stream 'shared': give each its own",
        ),
    ],
)
def test_what_the_registry_does_not_agree_to_is_named_and_the_rest_runs(
    shop: Shop, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))

    async def run() -> list[dict[str, Any]]:
        shop.add("aisle", str(video), stream_name="shared")
        shop.add("door", str(video), **changes)
        shop.cameras["new"] = {"url": str(video)}
        gateway = shop.gateway()
        async with running(gateway):
            return await until(gateway, "aisle['delivered'] and door['problem']")

    _, door, new = asyncio.run(run())
    assert sentence in door["problem"]
    assert new["problem"] == (
        "camera 'new' is not in the registry: run `occupancy camera add new`, or remove it from gateway.yaml"
    )


def test_a_start_without_network_goes_on_with_what_the_registry_said_last(shop: Shop, tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))
    shop.add("door", str(video))

    async def run() -> None:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "door['delivered']")
        offline = Config(connect_timeout=1, retries={"max_attempts": 0})
        nobody = boto3.client(
            "dynamodb", region_name="us-east-1", endpoint_url="http://127.0.0.1:1", config=offline
        )
        shop.registry = CameraRegistry(nobody, "cameras")
        again = shop.gateway()
        async with running(again):
            await until(again, "door['delivered']")

    asyncio.run(run())


def test_outside_the_opening_hours_nothing_is_sent_unless_asked_for(shop: Shop, tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))
    shop.add("door", str(video), sampling=Sampling(opening_hours=OpeningHours(((),) * 7)))

    async def run(condition: str, **changes: Any) -> None:
        gateway = shop.gateway(**changes)
        async with running(gateway):
            await until(gateway, condition)

    asyncio.run(run("door['state'] == 'closed'"))
    asyncio.run(run("door['delivered']", only_open=False))


def test_the_registrys_changes_are_taken_up(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paused, then given another stream, while it runs."""
    monkeypatch.setattr("ingest.gateway.supervisor.REGISTRY_EVERY", 0.2)
    monkeypatch.setattr("ingest.gateway.capture.camera_capture.CLOSED_POLL", 0.2)
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))
    shop.add("door", str(video))
    shop.kvs.control.create_stream(StreamName="other", DataRetentionInHours=24)

    def change(camera: Camera) -> None:
        before = shop.registry.get("door")
        shop.registry.change(before, camera, from_millis(round(time.time() * 1000)))

    async def run() -> None:
        gateway = shop.gateway()
        camera = shop.registry.get("door").camera
        async with running(gateway):
            await until(gateway, "door['delivered']")
            await asyncio.to_thread(change, replace(camera, sampling=Sampling(enabled=False)))
            await until(gateway, "door['state'] == 'disabled'")
            await asyncio.to_thread(change, replace(camera, stream_name="other"))
            await until(gateway, "door['state'] == 'live' and door['delivered']")

    asyncio.run(run())
    listed = shop.kvs.archive.list_fragments(StreamName="other")["Fragments"]
    assert listed


def test_a_picture_that_shows_nothing_is_sent_with_that_word_and_named(shop: Shop) -> None:
    async def run() -> None:
        async with http_camera() as (camera, port):
            address = f"http://127.0.0.1:{port}/snapshot.jpg"
            shop.add("till", address, source=Source.PUSH, sampling=EVERY_SECOND)
            gateway = shop.gateway()
            async with running(gateway):
                await until(gateway, "till['delivered'] and not till['problem']")
                camera.picture = jpeg(stripes=False)
                (status,) = await until(gateway, "till['problem']")
                assert status["problem"].startswith("its picture is black or of one colour: check whether")
                camera.picture = b"\xff\xd8\xff\xd9"  # no decoder takes it: the counter finds out why
                delivered = status["delivered"]
                await until(gateway, f"till['delivered'] > {delivered + 1} and not till['problem']")

    asyncio.run(run())
    said = {
        (stored["Body"].read(), tuple(sorted(stored["Metadata"].items())))
        for key in shop.frames()
        if (stored := shop.s3.get_object(Bucket="frames", Key=str(key)))
    }
    expected = {
        (picture, tuple(sorted(Inspection(digest_of(picture), nothing).to_metadata().items())))
        for picture, nothing in ((jpeg(), False), (jpeg(stripes=False), True))
    }
    assert said == expected | {(b"\xff\xd8\xff\xd9", ())}


def test_a_push_cameras_frames_survive_an_outage(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateway.camera_pool.STOP_SECONDS", 0.5)

    async def run() -> None:
        async with http_camera() as (camera, port):
            shop.add(
                "till", f"http://127.0.0.1:{port}/snapshot.jpg", source=Source.PUSH, sampling=EVERY_SECOND
            )
            shop.s3.delete_bucket(Bucket="frames")
            gateway = shop.gateway()
            async with running(gateway):
                statuses = await until(gateway, "till['spool_count'] >= 3")
                assert "the frame bucket accepts no pictures: " in statuses[0]["problem"]
            again = shop.gateway()
            shop.s3.create_bucket(Bucket="frames")
            camera.broken = True
            async with running(again):
                await until(again, "till['delivered'] >= 3 and not till['spool_count']")

    asyncio.run(run())
    instants = [key.instant for key in shop.frames()]
    assert len(instants) == len(set(instants)) >= 3


def test_what_a_defect_has_ended_is_started_again(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.gateway.supervisor.REGISTRY_EVERY", 1.0)
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))
    shop.add("door", str(video))
    whole, runs = Publisher.run, []

    async def defective(publisher: Publisher) -> None:
        runs.append(publisher)
        if len(runs) == 1:
            raise ZeroDivisionError
        await whole(publisher)

    monkeypatch.setattr(Publisher, "run", defective)

    async def run() -> None:
        gateway = shop.gateway()
        async with running(gateway):
            await until(gateway, "'it stopped because of a defect' in (door['problem'] or '')")
            await until(gateway, "door['delivered'] and not door['problem']")

    asyncio.run(run())
    assert len(runs) == 2


def test_two_gateways_do_not_share_a_spool(shop: Shop) -> None:
    shop.cameras["door"] = {"url": "v.mp4"}

    async def run() -> None:
        async with running(shop.gateway()):
            await shop.gateway().run(asyncio.Event())

    with pytest.raises(SpoolUnusable, match="another gateway uses it"):
        asyncio.run(run())


def test_a_port_that_is_taken_is_named(shop: Shop, kvs: Kvs) -> None:
    shop.cameras["door"] = {"url": "v.mp4"}
    port = int(kvs.server.url.rpartition(":")[2])

    with pytest.raises(PortTaken, match=f"port {port} cannot be used"):
        asyncio.run(shop.gateway(port=port).run(asyncio.Event()))


def test_kvs_answers_with_its_time(kvs: Kvs) -> None:
    """Where the clock is read: any answer has a Date, a refusal too."""

    async def run() -> str:
        async with aiohttp.ClientSession() as session, session.get(kvs.server.url) as response:
            return response.headers["Date"]

    assert isinstance(kvs.server, KvsServer)
    assert asyncio.run(run()).endswith("GMT")
