"""Every kind of login in one gateway, while everything around it fails: what it says is overheard."""

import asyncio
from contextlib import suppress
from pathlib import Path
from threading import Event
from urllib.parse import quote

import av.logging
import pytest

from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.gateway.capture.opening import Unreadable
from ingest.gateway.capture.source import opened
from ingest.gateway.config.addresses import Address
from ingest.registry.camera import Source
from tests.credentials import PASSWORD, TOKEN, USER, leaked
from tests.ingest.gateway.http_camera import http_camera
from tests.ingest.gateway.rtsp import camera, needs_rtsp_server
from tests.ingest.gateway.shop import EVERY_SECOND, Shop, running, shop, until
from tests.ingest.gateway.videos import Made, write
from tests.overhearing import Ear

__all__ = ["shop"]  # a fixture
pytestmark = [pytest.mark.system, needs_rtsp_server]
LOGIN = "${USER_NAME}:${WORD}@127.0.0.1"
FAULTS = (
    Fault(FaultKind.ERROR, error="ExpiredTokenException"),
    Fault(FaultKind.ERROR, error="InvalidSignatureException"),
    Fault(FaultKind.ERROR, error="UnrecognizedClientException"),
    Fault(FaultKind.ERROR, "PutMedia", error="AccessDeniedException"),
    Fault(FaultKind.DROP, "PutMedia", answer_bytes=100),
    Fault(FaultKind.HALF_OPEN, "PutMedia", answer_bytes=50),
    Fault(FaultKind.ERROR_ACK, "PutMedia", error_id=4500),
    Fault(FaultKind.WITHHOLD, "PutMedia", times=3),
)


def test_no_login_is_said_while_everything_fails(shop: Shop, tmp_path: Path, overheard: Ear) -> None:
    """One camera of each kind that is well, one whose password is wrong; KVS and S3 fail in turn."""
    video = tmp_path / "v.mp4"
    write(video, Made(frames=1500, gop=10))

    async def run() -> None:
        async with http_camera() as (old, port):
            shop.add("till", f"http://{LOGIN}:{port}/digest/a.jpg", source=Source.PUSH, sampling=EVERY_SECOND)
            shop.add("safe", f"http://{LOGIN}x:{port}/basic", source=Source.PUSH, sampling=EVERY_SECOND)
            shop.add("door", f"rtsp://{LOGIN}:{rtsp}/door", stream_name="door")
            shop.add("aisle", f"rtsp://${{USER_NAME}}:${{TOKEN}}@127.0.0.1:{rtsp}/door", stream_name="aisle")
            gateway = shop.gateway()
            async with running(gateway):
                await until(gateway, "door['delivered'] and till['delivered'] and aisle['problem']")
                shop.s3.delete_bucket(Bucket=await _emptied(shop))
                old.broken = True
                for fault in FAULTS:
                    shop.kvs.server.faults.add(fault)
                    await until(gateway, "till['problem']")
                    while shop.kvs.server.faults.struck[fault] < (fault.times or 1):
                        await asyncio.sleep(0.05)
                    await asyncio.sleep(0.3)
                shop.s3.create_bucket(Bucket="frames")
                await until(gateway, "not door['problem']")

    with camera(video, "h264", "--auth", "digest") as rtsp:
        asyncio.run(run())
    assert {"log", "problems", "page", "values", "spooled", "process", "command"} <= overheard.heard.keys()


async def _emptied(shop: Shop) -> str:
    for key in await asyncio.to_thread(shop.frames):
        shop.s3.delete_object(Bucket="frames", Key=str(key))
    return "frames"


@pytest.mark.parametrize("auth", ["digest", "basic"])
@pytest.mark.parametrize("word", [PASSWORD, TOKEN], ids=["right", "wrong"])
def test_ffmpegs_own_log_would_show_no_login_either(tmp_path: Path, auth: str, word: str) -> None:
    """It is not turned on, and TRACE, below DEBUG, would show each request."""
    video = tmp_path / "v.mp4"
    write(video, Made(frames=25, gop=10))
    with camera(video, "h264", "--auth", auth) as port, av.logging.Capture(local=False) as logs:
        av.logging.set_level(av.logging.DEBUG)
        address = Address(f"rtsp://{USER}:{quote(word, safe='')}@127.0.0.1:{port}/door")
        with suppress(Unreadable), opened(address, Event()) as source:
            assert list(source.packets)
        av.logging.set_level(None)
    assert any(f"port {port}" in text for _, _, text in logs)
    assert leaked(repr(logs)) is None
