"""Camera -> packets: what FFmpeg demuxes, as packets with their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer
from av.video.stream import VideoStream

from ingest.gateway.timing.clock import Clock


@dataclass(frozen=True, slots=True)
class SourcePacket:
    """One access unit as its source frames it: its time on the source's own time line, and its arrival.

    `data` may be FFmpeg's own memory: most packets are inspected and not kept. `arrived` is a monotonic time
    in seconds.
    """

    own_ms: int
    data: bytes | memoryview
    keyframe: bool
    arrived: float


def demuxed(container: InputContainer, stream: VideoStream, clock: Clock) -> Iterator[SourcePacket]:
    """The stream's packets as they come, until it ends. Raises av.FFmpegError."""
    # For each packet of each camera: whole numbers are several times faster than fractions.
    ticks, milliseconds = _milliseconds(stream)
    monotonic = clock.monotonic
    first = True
    for packet in container.demux(stream):
        # FFmpeg has no time for the first frame behind in-band parameter sets; its time line begins with it.
        pts = 0 if packet.pts is None and first else packet.pts
        if packet.size and pts is not None:
            own_ms = (2 * pts * milliseconds + ticks) // (2 * ticks)
            yield SourcePacket(own_ms, memoryview(packet), packet.is_keyframe, monotonic())
        first = False


def _milliseconds(stream: VideoStream) -> tuple[int, int]:
    """(ticks of the stream's own clock, how many milliseconds they are)."""
    ms = 1000 * (stream.time_base or Fraction(0))
    return ms.denominator, ms.numerator
