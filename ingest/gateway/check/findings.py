"""What `occupancy gateway check` finds out about a camera. Pure."""

from dataclasses import dataclass, field

from ingest.gateway.check.camera_clock import CameraClock
from ingest.gateway.config.sending import Send

GB_PRICE = 0.0085
"""USD for a gigabyte into KVS, us-east-1, November 2026."""


@dataclass(frozen=True)
class Finding:
    """One camera; `problem` says why it cannot be used, `advice` what would improve it."""

    camera: str
    problem: str | None = None
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    gop_seconds: float = 0.0
    bits_per_second: float = 0.0
    keyframe_bits_per_second: float = 0.0
    clock: CameraClock = field(default_factory=CameraClock)
    gop_is_longer: bool = False
    """Whether the longest group of pictures was still open at the end."""
    ended: float | None = None
    """After how many seconds the camera ended its stream by itself, None if it did not."""
    advice: tuple[str, ...] = ()

    def sent_bits_per_second(self, send: Send) -> float:
        """What the camera adds to the uplink."""
        return self.keyframe_bits_per_second if send is Send.KEYFRAMES else self.bits_per_second

    def monthly_cost(self, hours_a_day: float, send: Send) -> float:
        """USD in a month of 30 days, for KVS's ingest."""
        return self.sent_bits_per_second(send) / 8 / 1e9 * hours_a_day * 3600 * 30 * GB_PRICE
