"""The connection of a client: its requests and its sessions (RFC 2326, sections 9 to 11)."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from infra.local.simulated_store.cameras.media import UnopenableVideo
from infra.local.simulated_store.rtsp.authentication import Authenticator, Login
from infra.local.simulated_store.rtsp.messages import (
    TRACK,
    VERSION,
    MalformedMessage,
    RtspError,
    RtspRequest,
    RtspResponse,
    next_message,
)
from infra.local.simulated_store.rtsp.presentation import Player, Presentation
from infra.local.simulated_store.rtsp.sdp import description
from infra.local.simulated_store.rtsp.transports import (
    InterleavedTransport,
    Transport,
    UdpPortPair,
    UdpTransport,
    choose_transport,
)

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")
NOT_ALLOWED = ("ANNOUNCE", "PAUSE", "RECORD", "REDIRECT", "SET_PARAMETER")
_PUBLIC = ", ".join(METHODS)


@dataclass(frozen=True)
class RtspDependencies:
    """What all connections of a server share. `timeout`: the seconds after which a silent client is cut."""

    presentations: Mapping[str, Presentation]
    udp_ports: UdpPortPair
    login: Login | None
    timeout: float


@dataclass
class RtspSession:
    """A session, created by SETUP; it has a player from PLAY on."""

    id: str
    presentation: Presentation
    transport: Transport
    player: Player | None = None

    def end(self) -> None:
        """Stop sending."""
        if self.player is not None:
            self.presentation.remove(self.player)


class RtspConnection:
    """Answers requests until the client leaves, is silent or is cut. Its sessions end with it."""

    def __init__(
        self, dependencies: RtspDependencies, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._dependencies, self._reader, self._writer = dependencies, reader, writer
        self._authenticator = Authenticator(dependencies.login) if dependencies.login else None
        self._sessions: dict[str, RtspSession] = {}
        self._loop = asyncio.get_running_loop()
        self.last_heard = self._loop.time()
        """When the client last sent something, in the time of the event loop."""

    async def run(self) -> None:
        """Answer requests until the end of the connection."""
        try:
            await self._answer_requests()
        finally:
            for session in self._sessions.values():
                session.end()
            self._writer.close()
            with suppress(OSError):  # includes errors and time-outs of TLS: the client is gone
                await self._writer.wait_closed()

    def cut(self) -> None:
        """Abort the connection."""
        self._writer.transport.abort()

    def note_report(self, address: tuple[str, int]) -> None:
        """A receiver report came from `address`, perhaps from this client."""
        transports = (session.transport for session in self._sessions.values())
        if any(
            isinstance(transport, UdpTransport) and transport.reports_from(address)
            for transport in transports
        ):
            self.last_heard = self._loop.time()

    async def _answer_requests(self) -> None:
        try:
            while (message := await next_message(self._reader)) is not None:
                self.last_heard = self._loop.time()
                if isinstance(message, RtspRequest) and (response := await self._response(message)):
                    self._write(response, message)
        except MalformedMessage as error:
            self._writer.write(RtspResponse(error.status).encode(None))
        except OSError:  # includes errors of TLS: the client is gone
            return

    async def _response(self, request: RtspRequest) -> RtspResponse | None:
        """The response, or None if it is sent later."""
        try:
            self._check(request)
            if request.method == "OPTIONS":
                return RtspResponse(headers={"Public": _PUBLIC})
            presentation = self._dependencies.presentations.get(request.presentation)
            if request.method == "GET_PARAMETER":
                return self._get_parameter(request)
            if presentation is None:
                raise RtspError(404)
            if request.method == "DESCRIBE":
                return await _describe(request, presentation)
            if request.method == "SETUP":
                return self._set_up(request, presentation)
            session = self._session(request, presentation)
            return self._play(request, session) if request.method == "PLAY" else self._tear_down(session)
        except RtspError as error:
            return RtspResponse(error.status, error.headers)

    def _check(self, request: RtspRequest) -> None:
        """Check what applies to every request. Raises RtspError."""
        if request.version != VERSION:
            raise RtspError(505)
        if request.cseq is None:
            raise RtspError(400)
        if request.method in NOT_ALLOWED:
            raise RtspError(405, {"Allow": _PUBLIC})
        if request.method not in METHODS:
            raise RtspError(501, {"Public": _PUBLIC})
        if options := request.headers.get("require"):
            raise RtspError(551, {"Unsupported": options})
        if request.method == "OPTIONS" or self._authenticator is None:
            return
        if not self._authenticator.accepts(request):
            raise RtspError(401, {"WWW-Authenticate": self._authenticator.challenge})

    def _get_parameter(self, request: RtspRequest) -> RtspResponse:
        """Without a body it is a keep-alive (section 10.8)."""
        if request.session is not None and request.session not in self._sessions:
            raise RtspError(454)
        if request.body:
            raise RtspError(451)
        return RtspResponse(headers=self._session_header(request.session))

    def _set_up(self, request: RtspRequest, presentation: Presentation) -> RtspResponse:
        session = self._sessions.get(request.session) if request.session else None
        if request.session and session is None:
            raise RtspError(454)
        if session and session.presentation is not presentation:
            raise RtspError(459)
        if session and session.player:
            raise RtspError(455)
        transport = self._transport(request.headers.get("transport", ""))
        session = RtspSession(session.id if session else secrets.token_hex(8), presentation, transport)
        self._sessions[session.id] = session
        return RtspResponse(headers=self._session_header(session.id) | {"Transport": transport.header})

    def _transport(self, header: str) -> Transport:
        tls = self._writer.get_extra_info("ssl_object") is not None
        choice = choose_transport(header, tls=tls)
        if choice.lower == "TCP":
            return InterleavedTransport(self._writer.transport, choice.pair)
        host = self._writer.get_extra_info("peername")[0]
        return UdpTransport(self._dependencies.udp_ports, host, choice.pair)

    def _session(self, request: RtspRequest, presentation: Presentation) -> RtspSession:
        session = self._sessions.get(request.session or "")
        if session is None or session.presentation is not presentation:
            raise RtspError(454)
        return session

    def _play(self, request: RtspRequest, session: RtspSession) -> RtspResponse | None:
        """Respond at the next keyframe, whose sequence number and time RTP-Info gives (section 12.33)."""
        headers = self._session_header(session.id) | {"Range": "npt=now-"}
        if session.player is not None:
            return RtspResponse(headers=headers)

        def started(sequence: int, timestamp: int) -> None:
            url = request.uri.removesuffix("/").removesuffix(f"/{TRACK}")
            info = f"url={url}/{TRACK};seq={sequence};rtptime={timestamp}"
            self._write(RtspResponse(headers=headers | {"RTP-Info": info}), request)

        def ended_early() -> None:
            session.player = None
            self._write(RtspResponse(503, self._session_header(session.id)), request)

        session.player = Player(session.transport, started, ended_early)
        session.presentation.add(session.player)
        return None

    def _tear_down(self, session: RtspSession) -> RtspResponse:
        session.end()
        del self._sessions[session.id]
        return RtspResponse()

    def _session_header(self, session_id: str | None) -> dict[str, str]:
        return {"Session": f"{session_id};timeout={self._dependencies.timeout:.0f}"} if session_id else {}

    def _write(self, response: RtspResponse, request: RtspRequest) -> None:
        if not self._writer.transport.is_closing():
            self._writer.write(response.encode(request.cseq))


async def _describe(request: RtspRequest, presentation: Presentation) -> RtspResponse:
    try:
        track = await asyncio.to_thread(presentation.track)
    except UnopenableVideo:
        raise RtspError(503) from None
    base = request.uri.removesuffix("/") + "/"
    headers = {"Content-Base": base, "Content-Type": "application/sdp"}
    return RtspResponse(headers=headers, body=description(presentation.name, track).encode())
