"""An aiohttp application that serves 127.0.0.1 from a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Callable

from aiohttp import web

from infra.local.wire.listening import listen
from ingest.errors import OccupancyError

SHUTDOWN_SECONDS = 0.5
"""How long open connections may take to end before they are aborted."""


class ThreadedApp:
    """Can start and stop from any thread. `make_app` gets the URL and is called once the port is known."""

    def __init__(self, make_app: Callable[[str], web.Application], port: int = 0) -> None:
        self._make_app = make_app
        self._port = port
        self._url: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping = asyncio.Event()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`. Raises OccupancyError before the start."""
        if self._url is None:
            raise OccupancyError("The server has no address yet: start it first.")
        return self._url

    def start(self) -> None:
        """Start; return once connections are accepted. Raises PortInUse."""
        listener = listen(self._port)
        self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = self._make_app(self._url)
        self._stopping = asyncio.Event()
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._run, args=(self._loop, app, listener), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; return once every connection has ended. Does nothing if it is not running."""
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop = self._thread = None

    def _run(self, loop: asyncio.AbstractEventLoop, app: web.Application, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._serve(app, listener))

    async def _serve(self, app: web.Application, listener: socket.socket) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        await self._stopping.wait()
        # asyncio leaks a connection that it accepts while its server closes, so stop accepting first.
        asyncio.get_running_loop().remove_reader(listener)
        await turns()
        await _close(runner)


async def _close(runner: web.AppRunner) -> None:
    """End the connections, and abort those that do not end by themselves: no socket stays open."""
    connections = runner.server.connections if runner.server is not None else []
    transports = [connection.transport for connection in connections]
    await runner.cleanup()
    for transport in transports:
        if transport is not None:
            transport.abort()
    await turns()


async def turns() -> None:
    """Let the loop finish what it has begun: asyncio opens or closes a connection in three turns."""
    for _ in range(3):
        await asyncio.sleep(0)
