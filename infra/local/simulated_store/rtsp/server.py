"""The simulated store's cameras as RTSP cameras of 127.0.0.1, each at a path of its name."""

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from threading import Thread

from infra.local.simulated_store.cameras.errors import PublishingError, RecentErrors
from infra.local.simulated_store.cameras.media import Clock, StoreCamera
from infra.local.simulated_store.rtsp.authentication import Login
from infra.local.simulated_store.rtsp.connection import RtspConnection, RtspDependencies
from infra.local.simulated_store.rtsp.presentation import STOP_SECONDS, Presentation
from infra.local.simulated_store.rtsp.transports import UdpPortPair, bound_pair
from infra.local.wire.listening import PortInUse, listen
from infra.local.wire.running import Running
from infra.local.wire.threaded_app import turns
from ingest.errors import OccupancyError

SESSION_SECONDS = 60.0
"""A client that says nothing for so long, not even a receiver report, is gone (section 12.37 of RFC 2326)."""
_LOOK_SECONDS = 1.0

Pair = tuple[socket.socket, socket.socket]
"""UDP: for RTP, and for RTCP."""


class RtspServer(Running):
    """Serves `cameras` from `start` to `stop`, or inside a `with`, from a thread of its own.

    A camera plays from its first PLAY on, in real time by `clock` (seconds since the epoch), whoever comes
    or goes; where its feed ends, the next PLAY begins it anew. `tls` makes it rtsps.
    """

    def __init__(
        self,
        cameras: Sequence[StoreCamera],
        *,
        port: int = 0,
        login: Login | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Clock = time.time,
        session_seconds: float = SESSION_SECONDS,
    ) -> None:
        self._errors = RecentErrors()
        self._presentations = {
            camera.name: Presentation(camera, clock, self._errors.add) for camera in cameras
        }
        self._wanted_port, self._login, self._tls, self._timeout = port, login, tls, session_seconds
        self._connections: dict[RtspConnection, asyncio.Task[None]] = {}
        self._port: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._thread: Thread | None = None

    @property
    def port(self) -> int:
        """Where it listens. Raises OccupancyError before the start."""
        if self._port is None:
            raise OccupancyError("The RTSP server has no port yet: start it first.")
        return self._port

    @property
    def errors(self) -> list[PublishingError]:
        """Why which camera could not be read, oldest first."""
        return self._errors.latest()

    def url(self, name: str, user_info: str = "") -> str:
        """A camera's address; `user_info` is `user:password`, percent-encoded."""
        scheme, at = "rtsps" if self._tls else "rtsp", "@" if user_info else ""
        return f"{scheme}://{user_info}{at}127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Opens every camera and serves from now on. Raises UnopenableVideo and PortInUse."""
        for presentation in self._presentations.values():
            presentation.track()
        pair = bound_pair()
        try:
            listener = listen(self._wanted_port)
        except PortInUse:
            _close(pair)
            raise
        self._port = listener.getsockname()[1]
        self._stopping = asyncio.Event()
        self._loop = asyncio.SelectorEventLoop()
        self._thread = Thread(target=self._run, args=(self._loop, listener, pair), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends every connection and every feed; a second time does nothing."""
        if self._loop is None or self._thread is None:
            return
        for presentation in self._presentations.values():
            presentation.stop()
        for presentation in self._presentations.values():
            presentation.join()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop = self._thread = None

    def _run(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, pair: Pair) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._serve(listener, pair))

    async def _serve(self, listener: socket.socket, pair: Pair) -> None:
        datagrams = UdpPortPair(pair, self._hear)
        await datagrams.open()
        offer = RtspDependencies(self._presentations, datagrams, self._login, self._timeout)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = RtspConnection(offer, reader, writer)
            task = asyncio.ensure_future(connection.run())
            self._connections[connection] = task
            try:
                await task
            finally:
                del self._connections[connection]

        server = await asyncio.start_server(connected, sock=listener, ssl=self._tls)
        watching = asyncio.ensure_future(self._cut_the_silent())
        await self._stopping.wait()
        watching.cancel()
        # asyncio leaks a connection that it accepts while its server closes, so first let nobody in.
        asyncio.get_running_loop().remove_reader(listener)
        await turns()
        await self._cut_all()
        server.close()
        datagrams.close()
        await turns()

    async def _cut_all(self) -> None:
        for connection in self._connections:
            connection.cut()
        if self._connections:
            await asyncio.wait(self._connections.values(), timeout=STOP_SECONDS)

    def _hear(self, address: tuple[str, int]) -> None:
        for connection in self._connections:
            connection.hear(address)

    async def _cut_the_silent(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, self._timeout / 2))
            for connection in self._connections:
                if loop.time() - connection.heard > self._timeout:
                    connection.cut()


def _close(pair: Pair) -> None:
    for one in pair:
        one.close()
