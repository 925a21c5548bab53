"""Camera -> spool: one camera is read in a thread of its own, until it is stopped.

Whatever happens to a camera, it is opened again; it never touches the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Event, Lock
from typing import Literal

from ingest.errors import OccupancyError
from ingest.gateway.capture.fragmenting import MAX_SPAN_MS, VideoFragment, long_gop
from ingest.gateway.capture.framing import Undecodable
from ingest.gateway.capture.opening import SILENCE_SECONDS, Unreadable
from ingest.gateway.capture.packet_pipeline import PacketPipeline
from ingest.gateway.capture.source import SourcePacket, VideoSource, opened
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.spool.spool import Spool
from ingest.gateway.timing.backoff import Backoff
from ingest.gateway.timing.clock import SYSTEM_CLOCK, Clock
from ingest.gateway.timing.packet_clock import JUMP_MS
from ingest.gateway.timing.wall_clock import WallClock

STUCK_SECONDS = SILENCE_SECONDS + 2
"""Without a packet, although FFmpeg waits on."""
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
class CaptureDependencies:
    """What a capture stands between: `wanted` says whether video is to be sent; `put` follows each put."""

    spool: Spool
    wall: WallClock
    wanted: Callable[[], bool] = lambda: True
    put: Callable[[], None] = lambda: None
    clock: Clock = SYSTEM_CLOCK


@dataclass(eq=False)
class _Reader:
    """One `run`. `heard` is when its camera last gave a sign of life, None while none is expected."""

    heard: float | None = None
    pipeline: PacketPipeline | None = None


class CameraCapture:
    """Reads one camera; `seen` may be looked at from other threads."""

    def __init__(self, address: Address, send: Send, dependencies: CaptureDependencies) -> None:
        self._address = address
        self._send = send
        self._dependencies = dependencies
        self._clock = dependencies.clock
        self._stopping = Event()
        self._backoff = Backoff(FIRST_RETRY, LONGEST_RETRY)
        self._lock = Lock()
        """Held by a reader while it works, not while it waits for its camera."""
        self._reader = _Reader()
        self.seen = Seen()

    def stop(self) -> None:
        """End `run` soon: at the latest when the camera's silence ends it."""
        self._stopping.set()

    def leave(self) -> None:
        """After `stop`, a `run` that does not come back is left to itself; what it held is put."""
        self._take_over()
        self.seen.state = "stopped"

    def is_stuck(self) -> bool:
        """Whether its reader does not come back from the camera: only another `run` helps.

        FFmpeg's time limits cover a socket without bytes. A camera that goes on to send anything but video, a
        name server or a device that does not answer hold it for as long as they like.
        """
        heard = self._reader.heard
        silent = heard is not None and self._clock.monotonic() - heard > STUCK_SECONDS
        return silent and self._address.is_live  # a file may have long waits of its own

    def run(self) -> None:
        """Read the camera until `stop`, or until another `run` takes over."""
        reader = self._take_over()
        while self._goes_on(reader):
            if not self._dependencies.wanted():
                self.seen = Seen("closed", openings=self.seen.openings)
                self._clock.wait(self._stopping, CLOSED_POLL)
                continue
            try:
                self.seen.openings += 1
                reader.heard = self._clock.monotonic()
                with opened(self._address, self._stopping, self._clock) as source:
                    self._read(source, reader)
            except OccupancyError as error:
                reader.heard = None
                if self._goes_on(reader):
                    self.seen.state, self.seen.problem = "failing", str(error)
                    self._clock.wait(self._stopping, self._backoff.next())
            finally:
                reader.heard = None
        if reader is self._reader:
            self.seen.state = "stopped"

    def _take_over(self) -> _Reader:
        with self._lock:
            left, self._reader = self._reader, _Reader()
            if left.heard is not None:
                self.seen.state = "failing"
                self.seen.problem = f"{self._address.shown} sends no video for {STUCK_SECONDS:.0f} s"
            if left.pipeline is not None:
                self._put(left.pipeline.end())
            return self._reader

    def _goes_on(self, reader: _Reader) -> bool:
        return reader is self._reader and not self._stopping.is_set()

    def _read(self, source: VideoSource, reader: _Reader) -> None:
        """Raises Unreadable where a camera ends its stream."""
        reader.pipeline = pipeline = PacketPipeline(source, self._send)
        meter = _Meter(self._clock.monotonic())
        look_at = 0.0
        try:
            for packet in source.packets:
                with self._lock:
                    if not self._goes_on(reader):
                        return
                    if packet.arrived >= look_at:
                        look_at = packet.arrived + OPEN_POLL
                        if not self._dependencies.wanted():
                            return
                    reader.heard = packet.arrived
                    meter.count(packet, self.seen)
                    self._take(packet, pipeline)
        finally:
            with self._lock:
                reader.pipeline = None
                self._put(pipeline.end())
        if self._goes_on(reader):
            raise Unreadable(f"{self._address.shown} has ended its stream")

    def _take(self, packet: SourcePacket, pipeline: PacketPipeline) -> None:
        try:
            fragments = pipeline.add(packet, self._dependencies.wall.run_ms(packet.arrived))
        except Undecodable as error:
            self.seen.state, self.seen.problem = "failing", f"{self._address.shown}: {error}"
            return
        self._put(fragments)
        if pipeline.track is not None and (packet.keyframe or pipeline.gop_ms > MAX_SPAN_MS):
            self.seen.state, self.seen.codec = "live", pipeline.codec
            self.seen.width, self.seen.height = pipeline.track.width, pipeline.track.height
            self.seen.gop_ms = pipeline.gop_ms
            self.seen.skipped += pipeline.take_skipped()
            long = long_gop(pipeline.gop_ms)
            self.seen.problem = f"{self._address.shown}: {long}" if long else None

    def _put(self, fragments: list[VideoFragment]) -> None:
        for fragment in fragments:
            spool, now_ms = self._dependencies.spool, self._dependencies.wall.run_ms(self._clock.monotonic())
            span = fragment.first_ms, fragment.last_ms
            spool.put(*span, fragment.document(), now_ms, ages=spool.is_clock_checked)
            self._backoff.reset()
        if fragments:
            self._dependencies.put()


class _Meter:
    """Frames and bits a second, over a few seconds each, and how many frames are missing between them."""

    def __init__(self, since: float) -> None:
        self._since = since
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
