"""Camera -> spool: one camera is read in a thread of its own, until it is stopped.

Whatever happens to a camera, it is opened again; it never touches the others.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING, Literal

from ingest.errors import OccupancyError
from ingest.gateway.clock import JUMP_MS, PacketClock, WallClock
from ingest.gateway.fragmenting import (
    GOOD_GOP,
    MAX_SPAN_MS,
    Fragment,
    Fragmenter,
    Packet,
    Send,
    long_gop,
)
from ingest.gateway.framing import Framing, Undecodable
from ingest.gateway.pace import Backoff
from ingest.gateway.source import Address, Source, SourcePacket, Unreadable, opened
from ingest.gateway.spool import Spool

if TYPE_CHECKING:
    from ingest.kvs.mkv import Track

FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0
CLOSED_POLL, OPEN_POLL = 5.0, 1.0
"""Seconds between two looks at whether the shop has opened, and whether it has closed."""
MEASURED_SECONDS = 5.0
REORDERED = 16
"""The last frames of a measurement may be waiting for B-frames between them: they belong to the next."""

State = Literal["starting", "live", "failing", "closed", "stopped"]


@dataclass
class Seen:
    """What is known of a camera's video now; `problem` is what is wrong with it, as a sentence."""

    state: State = "starting"
    problem: str | None = None
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    bits_per_second: float = 0.0
    gop_ms: int = 0
    last_packet: float | None = None
    """A monotonic time."""
    openings: int = 0
    skipped: int = 0
    """Packets that no fragment could take."""
    lost: int = 0
    """Frames that did not arrive, as the others' times tell."""


@dataclass(frozen=True)
class Ports:
    """What an intake stands between: `wanted` says whether video is to be sent; `put` follows each put."""

    spool: Spool
    wall: WallClock
    wanted: Callable[[], bool] = lambda: True
    put: Callable[[], None] = lambda: None


class Intake:
    """Reads one camera; `seen` may be looked at from other threads."""

    def __init__(self, address: Address, send: Send, ports: Ports) -> None:
        self._address = address
        self._send = send
        self._ports = ports
        self._stopping = Event()
        self._backoff = Backoff(FIRST_RETRY, LONGEST_RETRY)
        self.seen = Seen()

    def stop(self) -> None:
        """End `run` soon: at the latest when the camera's silence ends it."""
        self._stopping.set()

    def run(self) -> None:
        """Read the camera until `stop`."""
        while not self._stopping.is_set():
            if not self._ports.wanted():
                self.seen = Seen("closed", openings=self.seen.openings)
                self._stopping.wait(CLOSED_POLL)
                continue
            try:
                self.seen.openings += 1
                with opened(self._address, self._stopping) as source:
                    self._read(source)
            except OccupancyError as error:
                self.seen.state, self.seen.problem = "failing", str(error)
                self._stopping.wait(self._backoff.next())
        self.seen.state = "stopped"

    def _read(self, source: Source) -> None:
        """Raises Unreadable where a camera ends its stream."""
        lane = Lane(source, self._send)
        meter = _Meter()
        look_at = 0.0
        try:
            for packet in source.packets:
                if self._stopping.is_set():
                    return
                if packet.arrived >= look_at:
                    look_at = packet.arrived + OPEN_POLL
                    if not self._ports.wanted():
                        return
                meter.count(packet, self.seen)
                self._take(packet, lane)
        finally:
            self._put(lane.end())
        if not self._stopping.is_set():
            raise Unreadable(f"{self._address.shown} has ended its stream")

    def _take(self, packet: SourcePacket, lane: "Lane") -> None:
        try:
            fragments = lane.add(packet, self._ports.wall.at_ms(packet.arrived))
        except Undecodable as error:
            self.seen.state, self.seen.problem = "failing", f"{self._address.shown}: {error}"
            return
        self._put(fragments)
        if lane.track is not None and (packet.keyframe or lane.gop_ms > MAX_SPAN_MS):
            self.seen.state, self.seen.codec = "live", lane.track.codec_id
            self.seen.width, self.seen.height = lane.track.width, lane.track.height
            self.seen.gop_ms = lane.gop_ms
            self.seen.skipped += lane.take_skipped()
            long = long_gop(lane.gop_ms)
            self.seen.problem = f"{self._address.shown}: {long}" if long else None

    def _put(self, fragments: list[Fragment]) -> None:
        for fragment in fragments:
            now_ms = self._ports.wall.now_ms()
            self._ports.spool.put(fragment.first_ms, fragment.last_ms, fragment.document(), now_ms)
            self._backoff.reset()
        if fragments:
            self._ports.put()


class Lane:
    """One opening of a camera: its framing, and the time line and the fragments of one connection."""

    def __init__(self, source: Source, send: Send) -> None:
        self._framing = Framing(source.codec, source.extradata)
        self._send = send
        self._clock = PacketClock()
        self._fragmenter: Fragmenter | None = None
        self._skipped = 0
        self._awaited_ms: int | None = None
        self.track: Track | None = None

    @property
    def gop_ms(self) -> int:
        """As the fragmenter has it."""
        return self._fragmenter.gop_ms if self._fragmenter else 0

    def take_skipped(self) -> int:
        """How many packets were skipped since this was asked last."""
        total = self._fragmenter.skipped if self._fragmenter else 0
        new, self._skipped = total - self._skipped, total
        return new

    def add(self, packet: SourcePacket, arrived_ms: int) -> list[Fragment]:
        """The fragments that are complete now. Raises Undecodable."""
        if packet.keyframe or self._awaited_ms is None:
            self._awaited_ms = arrived_ms
        if not packet.keyframe and self._framing.track is None:
            self._await_keyframe(arrived_ms - self._awaited_ms)
            return []
        wanted = self._fragmenter is None or self._fragmenter.wants(keyframe=packet.keyframe)
        data = self._framing.take(packet.data, keyframe=packet.keyframe) if wanted else b""
        ended: list[Fragment] = []
        time_ms = self._clock.time_ms(packet.own_ms, arrived_ms)
        if time_ms is None:  # the camera's clock has jumped, or drifted: it is laid on ours anew
            ended, self._clock = self.end(), PacketClock()
            time_ms = self._clock.time_ms(packet.own_ms, arrived_ms) or arrived_ms
        track = self._framing.track
        if track is None:
            return ended
        if track is not self.track:
            ended += self.end()
        if self._fragmenter is None:
            self.track, self._fragmenter, self._skipped = track, Fragmenter(track, self._send), 0
        return ended + self._fragmenter.add(Packet(time_ms, data, packet.keyframe))

    @staticmethod
    def _await_keyframe(waited_ms: int) -> None:
        """Raises Undecodable where the first keyframe does not come."""
        if waited_ms > MAX_SPAN_MS:
            raise Undecodable(f"it sends no keyframe, as cameras with intra refresh do: {GOOD_GOP}")

    def end(self) -> list[Fragment]:
        """What was still held; the next packet begins anew."""
        fragmenter, self._fragmenter = self._fragmenter, None
        return fragmenter.flush() if fragmenter else []


class _Meter:
    """Frames and bits a second, over a few seconds each, and how many frames are missing between them."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._bytes = self._packets = 0
        self._times: list[int] = []

    def count(self, packet: SourcePacket, seen: Seen) -> None:
        """One more packet."""
        now = seen.last_packet = packet.arrived
        self._packets += 1
        self._bytes += len(packet.data)
        self._times.append(packet.own_ms)
        if (elapsed := now - self._since) >= MEASURED_SECONDS:
            seen.fps, seen.bits_per_second = self._packets / elapsed, 8 * self._bytes / elapsed
            self._times.sort()
            self._times, settled = self._times[-REORDERED:], self._times[: -REORDERED + 1]
            seen.lost += missing_between(settled)
            self._since, self._packets, self._bytes = now, 0, 0


def missing_between(times_ms: Sequence[int]) -> int:
    """How many frames of a steady camera are missing between these, which rise.

    Where its clock has jumped, nobody knows.
    """
    steps = sorted(after - before for before, after in pairwise(times_ms))
    usual = steps[len(steps) // 2] if steps else 0
    return sum(round(step / usual) - 1 for step in steps if 1.5 * usual < step < JUMP_MS) if usual else 0
