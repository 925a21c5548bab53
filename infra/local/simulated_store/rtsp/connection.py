"""One client's connection: its requests, and the sessions that it has set up (RFC 2326, sections 9 to 11)."""

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
    Garbled,
    Refused,
    Request,
    Response,
    next_message,
)
from infra.local.simulated_store.rtsp.presentation import Player, Presentation
from infra.local.simulated_store.rtsp.sdp import description
from infra.local.simulated_store.rtsp.transports import (
    DatagramPair,
    Datagrams,
    Interleaved,
    Transport,
    chosen,
)

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")
NOT_HERE = ("ANNOUNCE", "PAUSE", "RECORD", "REDIRECT", "SET_PARAMETER")
_PUBLIC = ", ".join(METHODS)


@dataclass(frozen=True)
class Offer:
    """What all connections of a server share. `timeout` in seconds, of a client that says nothing."""

    presentations: Mapping[str, Presentation]
    datagrams: DatagramPair
    login: Login | None
    timeout: float


@dataclass
class Session:
    """What SETUP makes; its player is there from PLAY on."""

    id: str
    presentation: Presentation
    transport: Transport
    player: Player | None = None

    def end(self) -> None:
        """Send nothing more."""
        if self.player is not None:
            self.presentation.remove(self.player)


class Connection:
    """Answers until its client goes, falls silent or is cut; its sessions end with it."""

    def __init__(self, offer: Offer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._offer, self._reader, self._writer = offer, reader, writer
        self._authenticator = Authenticator(offer.login) if offer.login else None
        self._sessions: dict[str, Session] = {}
        self._loop = asyncio.get_running_loop()
        self.heard = self._loop.time()
        """When its client last said something."""

    async def run(self) -> None:
        """Until its end."""
        try:
            await self._talk()
        finally:
            for session in self._sessions.values():
                session.end()
            self._writer.close()
            with suppress(OSError):  # also TLS's own errors and time-outs: it is gone, one way or the other
                await self._writer.wait_closed()

    def cut(self) -> None:
        """End it at once."""
        self._writer.transport.abort()

    def hear(self, address: tuple[str, int]) -> None:
        """A receiver report came from there: whoever it is of."""
        transports = (session.transport for session in self._sessions.values())
        if any(isinstance(one, Datagrams) and one.reports_from(address) for one in transports):
            self.heard = self._loop.time()

    async def _talk(self) -> None:
        try:
            while (message := await next_message(self._reader)) is not None:
                self.heard = self._loop.time()
                if isinstance(message, Request) and (response := await self._answered(message)):
                    self._write(response, message)
        except Garbled as error:
            self._writer.write(Response(error.status).encode(None))
        except OSError:  # also TLS's own errors: the client is gone
            return

    async def _answered(self, request: Request) -> Response | None:
        """None where the response comes later."""
        try:
            self._check(request)
            if request.method == "OPTIONS":
                return Response(headers={"Public": _PUBLIC})
            presentation = self._offer.presentations.get(request.presentation)
            if request.method == "GET_PARAMETER":
                return self._get_parameter(request)
            if presentation is None:
                raise Refused(404)
            if request.method == "DESCRIBE":
                return await _described(request, presentation)
            if request.method == "SETUP":
                return self._set_up(request, presentation)
            session = self._session(request, presentation)
            return self._play(request, session) if request.method == "PLAY" else self._tear_down(session)
        except Refused as refused:
            return Response(refused.status, refused.headers)

    def _check(self, request: Request) -> None:
        """What holds for every request. Raises Refused."""
        if request.version != VERSION:
            raise Refused(505)
        if request.cseq is None:
            raise Refused(400)
        if request.method in NOT_HERE:
            raise Refused(405, {"Allow": _PUBLIC})
        if request.method not in METHODS:
            raise Refused(501, {"Public": _PUBLIC})
        if options := request.headers.get("require"):
            raise Refused(551, {"Unsupported": options})
        if request.method == "OPTIONS" or self._authenticator is None:
            return
        if not self._authenticator.accepts(request):
            raise Refused(401, {"WWW-Authenticate": self._authenticator.challenge})

    def _get_parameter(self, request: Request) -> Response:
        """Without a body it asks whether we are there (section 10.8)."""
        if request.session is not None and request.session not in self._sessions:
            raise Refused(454)
        if request.body:
            raise Refused(451)
        return Response(headers=self._named(request.session))

    def _set_up(self, request: Request, presentation: Presentation) -> Response:
        session = self._sessions.get(request.session) if request.session else None
        if request.session and session is None:
            raise Refused(454)
        if session and session.presentation is not presentation:
            raise Refused(459)
        if session and session.player:
            raise Refused(455)
        transport = self._transport(request.headers.get("transport", ""))
        session = Session(session.id if session else secrets.token_hex(8), presentation, transport)
        self._sessions[session.id] = session
        return Response(headers=self._named(session.id) | {"Transport": transport.header})

    def _transport(self, header: str) -> Transport:
        tls = self._writer.get_extra_info("ssl_object") is not None
        choice = chosen(header, tls=tls)
        if choice.lower == "TCP":
            return Interleaved(self._writer.transport, choice.pair)
        host = self._writer.get_extra_info("peername")[0]
        return Datagrams(self._offer.datagrams, host, choice.pair)

    def _session(self, request: Request, presentation: Presentation) -> Session:
        session = self._sessions.get(request.session or "")
        if session is None or session.presentation is not presentation:
            raise Refused(454)
        return session

    def _play(self, request: Request, session: Session) -> Response | None:
        """Answered at the next keyframe, whose place RTP-Info names (section 12.33)."""
        headers = self._named(session.id) | {"Range": "npt=now-"}
        if session.player is not None:
            return Response(headers=headers)

        def begin(sequence: int, timestamp: int) -> None:
            url = request.uri.removesuffix("/").removesuffix(f"/{TRACK}")
            info = f"url={url}/{TRACK};seq={sequence};rtptime={timestamp}"
            self._write(Response(headers=headers | {"RTP-Info": info}), request)

        def refused() -> None:
            session.player = None
            self._write(Response(503, self._named(session.id)), request)

        session.player = Player(session.transport, begin, refused)
        session.presentation.add(session.player)
        return None

    def _tear_down(self, session: Session) -> Response:
        session.end()
        del self._sessions[session.id]
        return Response()

    def _named(self, session_id: str | None) -> dict[str, str]:
        return {"Session": f"{session_id};timeout={self._offer.timeout:.0f}"} if session_id else {}

    def _write(self, response: Response, request: Request) -> None:
        if not self._writer.transport.is_closing():
            self._writer.write(response.encode(request.cseq))


async def _described(request: Request, presentation: Presentation) -> Response:
    try:
        track = await asyncio.to_thread(presentation.track)
    except UnopenableVideo:
        raise Refused(503) from None
    base = request.uri.removesuffix("/") + "/"
    headers = {"Content-Base": base, "Content-Type": "application/sdp"}
    return Response(headers=headers, body=description(presentation.name, track).encode())
