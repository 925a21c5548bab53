"""Packets -> one client: interleaved in its connection, or to its UDP ports (RFC 2326, section 12.39)."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol, cast

from infra.local.simulated_store.rtsp.messages import RtspError
from infra.local.simulated_store.rtsp.packetizing import PacketizedFrame, is_rtcp
from infra.local.wire.listening import PortInUse

MAX_WAITING = 2_000_000
"""Bytes that may wait for a client; one that reads less is cut."""

Heard = Callable[[tuple[str, int]], None]


@dataclass(frozen=True)
class OfferedTransport:
    """One transport that a client offers: its RTP and RTCP channels, or ports."""

    lower: Literal["TCP", "UDP"]
    pair: tuple[int, int]


class Transport(Protocol):
    """How packets reach one client."""

    @property
    def header(self) -> str:
        """The response's Transport."""
        ...

    def send(self, frame: PacketizedFrame) -> None:
        """Now, or never: it does not wait."""
        ...


class InterleavedTransport:
    """In the connection itself."""

    def __init__(self, connection: asyncio.WriteTransport, channels: tuple[int, int]) -> None:
        self._connection, self._channels = connection, channels

    @property
    def header(self) -> str:
        """The response's Transport."""
        return "RTP/AVP/TCP;unicast;interleaved={}-{}".format(*self._channels)

    def send(self, frame: PacketizedFrame) -> None:
        """One write; a client that reads too slowly is cut."""
        if self._connection.is_closing():
            return
        self._connection.write(frame.interleaved(self._channels))
        if self._connection.get_write_buffer_size() > MAX_WAITING:
            self._connection.abort()


class UdpTransport:
    """To two ports of the client; what the network does not take is lost."""

    def __init__(self, pair: "UdpPortPair", host: str, ports: tuple[int, int]) -> None:
        self._pair, self._host, self._ports = pair, host, ports

    @property
    def header(self) -> str:
        """The response's Transport."""
        client, server = ("{}-{}".format(*ports) for ports in (self._ports, self._pair.ports))
        return f"RTP/AVP;unicast;client_port={client};server_port={server}"

    def send(self, frame: PacketizedFrame) -> None:
        """One datagram for each packet."""
        for packet in frame.packets:
            control = is_rtcp(packet)
            self._pair.send(packet, (self._host, self._ports[control]), control=control)

    def reports_from(self, address: tuple[str, int]) -> bool:
        """Whether that is where its receiver reports come from."""
        return address == (self._host, self._ports[1])


class UdpPortPair(asyncio.DatagramProtocol):
    """The server's two UDP ports, the lower even (RFC 3550, section 11), for all clients."""

    def __init__(self, pair: tuple[socket.socket, socket.socket], heard: Heard) -> None:
        self._pair, self._heard = pair, heard
        self._transports: list[asyncio.DatagramTransport] = []
        rtp, rtcp = (one.getsockname()[1] for one in pair)
        self.ports = rtp, rtcp

    async def open(self) -> None:
        """Send and hear from now on."""
        for one in self._pair:
            made = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=one)
            self._transports.append(made[0])

    def close(self) -> None:
        """What waits is lost."""
        for transport in self._transports:
            transport.abort()

    def send(self, packet: bytes, address: tuple[str, int], *, control: bool) -> None:
        """One datagram; nothing waits."""
        with suppress(BlockingIOError):  # UDP loses what is too much
            self._pair[control].sendto(packet, address)

    def datagram_received(self, _: bytes, addr: tuple[str | int, ...]) -> None:
        """Receiver reports: who sends them is there."""
        self._heard(cast("tuple[str, int]", addr))


def choose_transport(header: str, *, tls: bool) -> OfferedTransport:
    """The first of the offered transports that we have. Raises Refused.

    Not UDP beside TLS: it would carry the video in the clear.
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
    """`6-7`, or `6` for the same; None for anything else, or beyond what is allowed."""
    first, dash, second = text.partition("-")
    if not first.isdecimal() or (dash and not second.isdecimal()):
        return None
    pair = int(first), int(second) if dash else int(first) + 1
    return pair if all(one in allowed for one in pair) and pair[0] != pair[1] else None


def bound_pair() -> tuple[socket.socket, socket.socket]:
    """An even UDP port and the next. Raises PortInUse where none of a hundred tries finds them."""
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
    raise PortInUse("no even UDP port of 127.0.0.1 has a free neighbour: stop what uses them")
