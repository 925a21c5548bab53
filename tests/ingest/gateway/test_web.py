import asyncio
import logging

import pytest

from tests.ingest.gateway.shop import Shop, page, running, shop

__all__ = ["shop"]  # a fixture


def test_the_log_says_where_the_pages_are(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Also for a port that the system has chosen."""
    caplog.set_level(logging.INFO)
    shop.cameras["door"] = {"url": "v.mp4"}

    async def run() -> tuple[str, str]:
        gateway = shop.gateway()
        async with running(gateway):
            return f"pages: http://127.0.0.1:{gateway.port}/healthz, /metrics, /status", (
                await page(gateway, "/healthz")
            )[1]

    line, answer = asyncio.run(run())
    assert line in caplog.messages
    assert answer.startswith("door: ")
