"""Serves the cameras of the simulated store as RTSP cameras on 127.0.0.1, each at the path of its name."""

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
"""A client that sends nothing for this long, not even a receiver report, is cut (RFC 2326, section 12.37)."""
_SILENCE_POLL_SECONDS = 1.0

SocketPair = tuple[socket.socket, socket.socket]
"""The UDP sockets for RTP and RTCP."""


class RtspServer(Running):
    """Serves `cameras` from `start` to `stop`, or inside a `with`, from its own thread.

    A camera plays from its first PLAY on, in real time by `clock` (seconds since the epoch), whether or not
    clients are connected. When its feed ends, the next PLAY opens it again. `tls` makes it rtsps.
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
        """The port of the server. Raises OccupancyError before the start."""
        if self._port is None:
            raise OccupancyError("The RTSP server has no port yet: start it first.")
        return self._port

    @property
    def errors(self) -> list[PublishingError]:
        """The cameras that could not be read and why, oldest first."""
        return self._errors.latest()

    def url(self, name: str, user_info: str = "") -> str:
        """The address of a camera; `user_info` is `user:password`, percent-encoded."""
        scheme, at = "rtsps" if self._tls else "rtsp", "@" if user_info else ""
        return f"{scheme}://{user_info}{at}127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Open every camera and start serving. Raises UnopenableVideo and PortInUse."""
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
        """End every connection and every feed; a second call does nothing."""
        if self._loop is None or self._thread is None:
            return
        for presentation in self._presentations.values():
            presentation.stop()
        for presentation in self._presentations.values():
            presentation.join()
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop = self._thread = None

    def _run(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, pair: SocketPair) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._serve(listener, pair))

    async def _serve(self, listener: socket.socket, pair: SocketPair) -> None:
        udp_ports = UdpPortPair(pair, self._note_report)
        await udp_ports.open()
        dependencies = RtspDependencies(self._presentations, udp_ports, self._login, self._timeout)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = RtspConnection(dependencies, reader, writer)
            task = asyncio.ensure_future(connection.run())
            self._connections[connection] = task
            try:
                await task
            finally:
                del self._connections[connection]

        server = await asyncio.start_server(connected, sock=listener, ssl=self._tls)
        watching = asyncio.ensure_future(self._cut_silent_clients())
        await self._stopping.wait()
        watching.cancel()
        # asyncio leaks a connection that it accepts while its server closes, so stop accepting first.
        asyncio.get_running_loop().remove_reader(listener)
        await turns()
        await self._cut_all()
        server.close()
        udp_ports.close()
        await turns()

    async def _cut_all(self) -> None:
        for connection in self._connections:
            connection.cut()
        if self._connections:
            await asyncio.wait(self._connections.values(), timeout=STOP_SECONDS)

    def _note_report(self, address: tuple[str, int]) -> None:
        for connection in self._connections:
            connection.note_report(address)

    async def _cut_silent_clients(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_SILENCE_POLL_SECONDS, self._timeout / 2))
            for connection in self._connections:
                if loop.time() - connection.last_heard > self._timeout:
                    connection.cut()


def _close(pair: SocketPair) -> None:
    for udp_socket in pair:
        udp_socket.close()
