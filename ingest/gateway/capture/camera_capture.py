"""Camera -> spool: reads one camera in its own thread, until it is stopped.

After any failure the camera is opened again; it never affects the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event, RLock

from ingest.errors import OccupancyError
from ingest.gateway.capture.capture_status import CaptureStatus, Transition
from ingest.gateway.capture.demuxing import SourcePacket
from ingest.gateway.capture.fragmenting import MAX_SPAN_MS, VideoFragment
from ingest.gateway.capture.frame_meter import FrameMeter
from ingest.gateway.capture.framing import Undecodable
from ingest.gateway.capture.opening import SILENCE_SECONDS, Unreadable
from ingest.gateway.capture.packet_pipeline import PacketPipeline
from ingest.gateway.capture.source import VideoSource, opened
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.spool.spool import Spool
from ingest.gateway.timing.backoff import Backoff
from ingest.gateway.timing.clock import SYSTEM_CLOCK, Clock
from ingest.gateway.timing.wall_clock import WallClock

STUCK_SECONDS = SILENCE_SECONDS + 2
"""Seconds without a packet, although FFmpeg continues to wait."""
FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0
CLOSED_POLL, OPEN_POLL = 5.0, 1.0
"""Seconds between two checks of whether the shop has opened, and of whether it has closed."""


@dataclass(frozen=True)
class CaptureDependencies:
    """Where a capture puts its fragments, and its clocks.

    `is_wanted` tells whether to send video now; `on_put` is called after fragments were put.
    """

    spool: Spool
    wall: WallClock
    is_wanted: Callable[[], bool] = lambda: True
    on_put: Callable[[], None] = lambda: None
    clock: Clock = SYSTEM_CLOCK


@dataclass(eq=False)
class _Reader:
    """One `run`. `heard` is when its camera last gave a sign of life, None while none is expected."""

    heard: float | None = None
    pipeline: PacketPipeline | None = None


class CameraCapture:
    """Reads one camera; `status` may be read from other threads."""

    def __init__(self, address: Address, send: Send, dependencies: CaptureDependencies) -> None:
        self._address = address
        self._send = send
        self._dependencies = dependencies
        self._clock = dependencies.clock
        self._stopping = Event()
        self._backoff = Backoff(FIRST_RETRY, LONGEST_RETRY)
        self._lock = RLock()
        """Held by a reader while it works, not while it waits for its camera; and to change the status."""
        self._reader = _Reader()
        self._meter = FrameMeter()
        self._status = CaptureStatus()

    @property
    def status(self) -> CaptureStatus:
        """The camera's state now."""
        return replace(self._status, rates=self._meter.rates, last_packet=self._meter.last_packet)

    def stop(self) -> None:
        """End `run` soon: at the latest when the camera has been silent for too long."""
        self._stopping.set()

    def leave(self) -> None:
        """After `stop`: abandon a `run` that does not return, and put what it held."""
        self._note(self._take_over(), CaptureStatus.stopped)

    def is_stuck(self) -> bool:
        """Whether its reader does not return from the camera: only another `run` helps.

        FFmpeg's time limits cover a socket without bytes. A camera that keeps sending anything but video, a
        name server or a device that does not answer: each blocks it for any length of time.
        """
        heard = self._reader.heard
        silent = heard is not None and self._clock.monotonic() - heard > STUCK_SECONDS
        return silent and self._address.is_live  # a file may have long gaps

    def run(self) -> None:
        """Read the camera until `stop`, or until another `run` takes over."""
        reader = self._take_over()
        while self._goes_on(reader):
            if self._dependencies.is_wanted():
                self._open(reader)
            else:
                self._meter = FrameMeter()
                self._note(reader, CaptureStatus.closed)
                self._clock.wait(self._stopping, CLOSED_POLL)
        self._note(reader, CaptureStatus.stopped)

    def _open(self, reader: _Reader) -> None:
        """Read the camera once; after a failure, wait."""
        self._note(reader, CaptureStatus.opening)
        try:
            reader.heard = self._clock.monotonic()
            with opened(self._address, self._stopping, self._clock) as source:
                self._read(source, reader)
        except OccupancyError as error:
            reader.heard = None
            if self._goes_on(reader):
                self._fail(reader, str(error))
                self._clock.wait(self._stopping, self._backoff.next())
        finally:
            reader.heard = None

    def _take_over(self) -> _Reader:
        with self._lock:
            left, self._reader = self._reader, _Reader()
            if left.heard is not None:
                problem = f"{self._address.shown} sends no video for {STUCK_SECONDS:.0f} s"
                self._fail(self._reader, problem)
            if left.pipeline is not None:
                self._put(left.pipeline.end())
            return self._reader

    def _note(self, reader: _Reader, transition: Transition) -> None:
        """Change the status, unless another `run` has taken over from `reader`."""
        with self._lock:
            if reader is self._reader:
                self._status = transition(self._status)

    def _fail(self, reader: _Reader, problem: str) -> None:
        self._note(reader, lambda status: status.failing(problem))

    def _goes_on(self, reader: _Reader) -> bool:
        return reader is self._reader and not self._stopping.is_set()

    def _read(self, source: VideoSource, reader: _Reader) -> None:
        """Raises Unreadable if the camera ends its stream."""
        reader.pipeline = pipeline = PacketPipeline(source, self._send)
        self._meter.begin(self._clock.monotonic())
        check_at = 0.0
        try:
            for packet in source.packets:
                with self._lock:
                    if not self._goes_on(reader):
                        return
                    if packet.arrived >= check_at:
                        check_at = packet.arrived + OPEN_POLL
                        if not self._dependencies.is_wanted():
                            return
                    reader.heard = packet.arrived
                    self._meter.count(packet.own_ms, len(packet.data), packet.arrived)
                    self._take(packet, reader, pipeline)
        finally:
            with self._lock:
                reader.pipeline = None
                self._put(pipeline.end())
        if self._goes_on(reader):
            raise Unreadable(f"{self._address.shown} has ended its stream")

    def _take(self, packet: SourcePacket, reader: _Reader, pipeline: PacketPipeline) -> None:
        try:
            fragments = pipeline.add(packet, self._dependencies.wall.run_ms(packet.arrived))
        except Undecodable as error:
            self._fail(reader, f"{self._address.shown}: {error}")
            return
        self._put(fragments)
        if packet.keyframe or pipeline.gop_ms > MAX_SPAN_MS:
            video = pipeline.video()
            if video is not None:
                shown, skipped = self._address.shown, pipeline.take_skipped()
                self._note(reader, lambda status: status.live(shown, video, skipped))

    def _put(self, fragments: list[VideoFragment]) -> None:
        spool = self._dependencies.spool
        for fragment in fragments:
            now_ms = self._dependencies.wall.run_ms(self._clock.monotonic())
            span = fragment.first_ms, fragment.last_ms
            spool.put(*span, fragment.document(), now_ms, ages=spool.is_clock_checked)
            self._backoff.reset()
        if fragments:
            self._dependencies.on_put()
