"""Sends packets to a client: interleaved in its connection or to its UDP ports (RFC 2326, section 12.39)."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol, cast

from infra.local.simulated_store.rtsp.messages import RtspError
from infra.local.simulated_store.rtsp.packetizing import PacketizedFrame, is_rtcp
from infra.local.wire.listening import PortInUse

MAX_BUFFERED_BYTES = 2_000_000
"""How much may be buffered for a client; a slower client is cut."""

ReportReceived = Callable[[tuple[str, int]], None]


@dataclass(frozen=True)
class OfferedTransport:
    """A transport that a client offers: its RTP and RTCP channels or ports."""

    lower: Literal["TCP", "UDP"]
    pair: tuple[int, int]


class Transport(Protocol):
    """How packets reach a client."""

    @property
    def header(self) -> str:
        """The Transport header of the response."""
        ...

    def send(self, frame: PacketizedFrame) -> None:
        """Send without waiting; what cannot be sent is lost."""
        ...


class InterleavedTransport:
    """Sends packets within the RTSP connection."""

    def __init__(self, connection: asyncio.WriteTransport, channels: tuple[int, int]) -> None:
        self._connection, self._channels = connection, channels

    @property
    def header(self) -> str:
        """The Transport header of the response."""
        return "RTP/AVP/TCP;unicast;interleaved={}-{}".format(*self._channels)

    def send(self, frame: PacketizedFrame) -> None:
        """Write all packets at once; cut a client that reads too slowly."""
        if self._connection.is_closing():
            return
        self._connection.write(frame.interleaved(self._channels))
        if self._connection.get_write_buffer_size() > MAX_BUFFERED_BYTES:
            self._connection.abort()


class UdpTransport:
    """Sends packets to two UDP ports of the client; some may be lost."""

    def __init__(self, pair: "UdpPortPair", host: str, ports: tuple[int, int]) -> None:
        self._pair, self._host, self._ports = pair, host, ports

    @property
    def header(self) -> str:
        """The Transport header of the response."""
        client, server = ("{}-{}".format(*ports) for ports in (self._ports, self._pair.ports))
        return f"RTP/AVP;unicast;client_port={client};server_port={server}"

    def send(self, frame: PacketizedFrame) -> None:
        """Send a datagram for each packet."""
        for packet in frame.packets:
            control = is_rtcp(packet)
            self._pair.send(packet, (self._host, self._ports[control]), control=control)

    def reports_from(self, address: tuple[str, int]) -> bool:
        """Whether `address` is the source of the receiver reports of this client."""
        return address == (self._host, self._ports[1])


class UdpPortPair(asyncio.DatagramProtocol):
    """The two UDP ports of the server for all clients; the lower is even (RFC 3550, section 11)."""

    def __init__(self, pair: tuple[socket.socket, socket.socket], report_received: ReportReceived) -> None:
        self._pair, self._report_received = pair, report_received
        self._transports: list[asyncio.DatagramTransport] = []
        rtp, rtcp = (udp_socket.getsockname()[1] for udp_socket in pair)
        self.ports = rtp, rtcp

    async def open(self) -> None:
        """Start sending and receiving."""
        loop = asyncio.get_running_loop()
        for udp_socket in self._pair:
            transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=udp_socket)
            self._transports.append(transport)

    def close(self) -> None:
        """Close both ports; waiting packets are lost."""
        for transport in self._transports:
            transport.abort()

    def send(self, packet: bytes, address: tuple[str, int], *, control: bool) -> None:
        """Send a datagram without waiting."""
        with suppress(BlockingIOError):  # UDP may lose packets
            self._pair[control].sendto(packet, address)

    def datagram_received(self, _: bytes, addr: tuple[str | int, ...]) -> None:
        """A receiver report: its sender is alive."""
        self._report_received(cast("tuple[str, int]", addr))


def choose_transport(header: str, *, tls: bool) -> OfferedTransport:
    """The first supported transport that the client offers. Raises RtspError.

    With TLS not UDP, which would send the video unencrypted.
    """
    for offer in header.split(","):
        profile, *parameters = (part.strip() for part in offer.split(";"))
        values = dict(part.partition("=")[::2] for part in parameters)
        if "multicast" in values:
            continue
        if profile == "RTP/AVP/TCP" and (channels := _pair(values.get("interleaved", "0-1"), range(256))):
            return OfferedTransport("TCP", channels)
        udp = profile in {"RTP/AVP", "RTP/AVP/UDP"} and not tls
        if udp and (ports := _pair(values.get("client_port", ""), range(1, 65_536))):
            return OfferedTransport("UDP", ports)
    raise RtspError(461)


def _pair(text: str, allowed: range) -> tuple[int, int] | None:
    """Parse `6-7`, or `6` with the same meaning; None for anything else or numbers that are not allowed."""
    first, dash, second = text.partition("-")
    if not first.isdecimal() or (dash and not second.isdecimal()):
        return None
    pair = int(first), int(second) if dash else int(first) + 1
    return pair if all(number in allowed for number in pair) and pair[0] != pair[1] else None


def bound_pair() -> tuple[socket.socket, socket.socket]:
    """An even UDP port and the next one. Raises PortInUse if a hundred attempts do not find them."""
    for _ in range(100):
        rtp, rtcp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        try:
            rtp.bind(("127.0.0.1", 0))
            if (port := rtp.getsockname()[1]) % 2 == 0:
                rtcp.bind(("127.0.0.1", port + 1))
                return rtp, rtcp
        except OSError:
            pass
        rtp.close()
        rtcp.close()
    raise PortInUse("no even UDP port of 127.0.0.1 and the next port are both free: stop what uses them")
