"""Guarantee 6 in the gateway: calls to AWS fail with texts that quote the token, none is heard."""

import asyncio
from pathlib import Path

import pytest

from ingest.registry.camera import Source
from tests.aws_errors import FAILURES, assert_hidden, fail_calls
from tests.ingest.gateway.http_camera import http_camera
from tests.ingest.gateway.shop import EVERY_SECOND, Shop, page, running, shop, until
from tests.ingest.gateway.videos import Made, write

__all__ = ["shop"]  # a fixture


@pytest.mark.parametrize("failure", FAILURES)
def test_calls_that_fail(
    shop: Shop,
    tmp_path: Path,
    failure: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=300, gop=10))
    said: list[str] = []

    async def run() -> None:
        async with http_camera() as (_, port):
            shop.add("till", f"http://127.0.0.1:{port}/a.jpg", source=Source.PUSH, sampling=EVERY_SECOND)
            shop.add("door", str(video), stream_name="door")
            with pytest.MonkeyPatch.context() as patch:
                failed = fail_calls(patch, {"kinesisvideo", "s3"}, FAILURES[failure])
                gateway = shop.gateway()
                async with running(gateway):
                    said.append(str(await until(gateway, "door['problem'] and till['problem']")))
                    said.extend(
                        [text for path in ("/healthz", "/metrics") for _, text in [await page(gateway, path)]]
                    )
                    patch.undo()
                assert {"GetDataEndpoint", "PutObject"} <= set(failed)

    asyncio.run(run())
    assert_hidden(caplog.text, *said)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_registry_that_fails(shop: Shop, failure: str, caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []

    async def run() -> None:
        shop.add("till", "http://127.0.0.1:1/a.jpg", source=Source.PUSH)
        with pytest.MonkeyPatch.context() as patch:
            failed = fail_calls(patch, {"dynamodb"}, FAILURES[failure])
            gateway = shop.gateway()
            async with running(gateway):
                while not failed:
                    await asyncio.sleep(0.02)
                said.extend(
                    [text for path in ("/status", "/metrics") for _, text in [await page(gateway, path)]]
                )
                patch.undo()

    asyncio.run(run())
    assert_hidden(caplog.text, *said)
    assert any(text in caplog.text for text in ("BatchGetItem", failure, "what answers is not AWS"))
