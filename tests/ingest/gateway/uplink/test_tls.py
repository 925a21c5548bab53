"""The same full-duplex exchange over https, with our own certificate authority."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.gateway.spool.spool import Spool
from ingest.gateway.timing.rate import Rate
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.publisher import Publisher
from ingest.gateway.uplink.tls import session_factory
from tests.ingest.gateway.conftest import QUICK, Kvs, fragment, put, until_empty
from tests.ingest.gateway.fake_clock import CLOCK
from tests.ingest.gateway.tls_server import certificate, tls_before


@pytest.mark.parametrize("trusted", [True, False])
def test_fragments_and_acknowledgements_over_https(
    kvs: Kvs, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    authority, server = certificate(tmp_path)
    plain = urlsplit(kvs.server.url).port or 0

    async def run() -> str | None:
        destination = kvs.destination()
        async with (
            tls_before(plain, server) as port,
            session_factory(str(authority) if trusted else None)() as session,
        ):
            monkeypatch.setattr(Destination, "forget", lambda *_: None)  # keep our endpoint
            destination._endpoints["door"] = f"https://127.0.0.1:{port}", True
            publisher = Publisher(
                "door", spool, PublisherDependencies(destination, session, Rate(0, CLOCK), CLOCK, QUICK)
            )
            running = asyncio.ensure_future(publisher.run())
            for place in range(4):
                put(spool, fragment(place))
                publisher.wake()
                if trusted:
                    await until_empty(spool)  # acknowledged while the body continues
            while not trusted and publisher.problem is None:
                await asyncio.sleep(0.02)
            running.cancel()
            await asyncio.wait({running})
            assert publisher.connections == 1 or not trusted
            return publisher.problem

    problem = asyncio.run(run())
    if trusted:
        assert problem is None
        assert kvs.places() == [0, 1, 2, 3]
    else:
        assert "is not trusted to be AWS: unable to get local issuer certificate" in str(problem)
