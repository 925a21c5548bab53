"""A gateway's publisher to be killed: for each number on its standard input, a process that begins there.

Each prints its process id, then the number of each fragment that it has put. They are forked, because
importing all that a gateway needs takes longer than most of them live.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import aiohttp

from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.backoff import Timings
from ingest.gateway.timing.clock import SYSTEM_CLOCK
from ingest.gateway.timing.rate import Rate
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.publisher import Publisher
from tests.ingest.gateway.conftest import SESSION, fragment, put


async def publish(directory: Path, url: str, first: int) -> None:
    spool = Spool(directory, Bounds(10_000_000))
    client = SESSION.client("kinesisvideo", endpoint_url=url)
    destination = Destination(client, SESSION.get_credentials(), time.monotonic)
    async with aiohttp.ClientSession() as http:
        rate, timings = Rate(0, SYSTEM_CLOCK), Timings(first_retry=0.1)
        dependencies = PublisherDependencies(destination, http, rate, SYSTEM_CLOCK, timings)
        publisher = Publisher("door", spool, dependencies)
        running = asyncio.ensure_future(publisher.run())
        for place in range(first, first + 1000):
            put(spool, fragment(place))
            print(place, flush=True)
            publisher.wake()
            await asyncio.sleep(0.03)
        running.cancel()


def main(directory: Path, url: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            print(os.getpid(), flush=True)
            asyncio.run(publish(directory, url, int(line)))
            return
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
