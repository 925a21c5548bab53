"""What is known of each camera now: as a value, as Prometheus's text, as JSON. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CameraStatus:
    """One camera. Ages in seconds; `problem` is a sentence without secrets.

    `state` is starting, live, failing, closed (by its hours), disabled (in the registry) or stopped.
    `dropped` counts what was given up, `sent_again` what left once more after a break, `lost` the frames that
    did not arrive from the camera.
    """

    camera: str
    state: str = "starting"
    problem: str | None = None
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    bits_per_second: float = 0.0
    gop_seconds: float = 0.0
    last_packet_age: float | None = None
    last_ack_age: float | None = None
    spool_bytes: int = 0
    spool_count: int = 0
    spool_age: float = 0.0
    reconnects: int = 0
    delivered: int = 0
    sent_bytes: int = 0
    sent_again: int = 0
    dropped: int = 0
    skipped: int = 0
    lost: int = 0

    @property
    def is_healthy(self) -> bool:
        """Whether there is nothing to see to."""
        return self.problem is None and self.state != "failing"


def joined(*problems: str | None) -> str | None:
    """All that is wrong, as one sentence."""
    return "; ".join(filter(None, problems)) or None


_METRICS: Mapping[str, tuple[str, str, str]] = {
    "fps": ("fps", "gauge", "Frames a second from the camera."),
    "bits_per_second": ("bits_per_second", "gauge", "Video from the camera."),
    "gop_seconds": ("gop_seconds", "gauge", "Time between the camera's keyframes."),
    "last_packet_age": ("last_packet_age_seconds", "gauge", "Since the camera sent anything."),
    "last_ack_age": ("last_ack_age_seconds", "gauge", "Since anything was acknowledged."),
    "spool_bytes": ("spool_bytes", "gauge", "What waits on the disk."),
    "spool_count": ("spool_items", "gauge", "Fragments or frames that wait."),
    "spool_age": ("spool_age_seconds", "gauge", "Age of what waits longest."),
    "reconnects": ("reconnects_total", "counter", "Openings of the camera after the first."),
    "delivered": ("delivered_total", "counter", "Fragments or frames that were acknowledged."),
    "sent_bytes": ("sent_bytes_total", "counter", "What went over the uplink."),
    "sent_again": ("sent_again_total", "counter", "Fragments that left once more after a break."),
    "dropped": ("dropped_total", "counter", "Fragments or frames that were given up."),
    "skipped": ("skipped_total", "counter", "Packets that no fragment could take."),
    "lost": ("lost_frames_total", "counter", "Frames that did not arrive from the camera."),
}
_PREFIX = "occupancy_gateway_"


def prometheus(cameras: Iterable[CameraStatus]) -> str:
    """The text exposition format, version 0.0.4."""
    cameras = list(cameras)
    lines = [
        f"# HELP {_PREFIX}camera_problem 1 where there is something to see to, as /healthz says it.",
        f"# TYPE {_PREFIX}camera_problem gauge",
        *(f'{_PREFIX}camera_problem{{camera="{one.camera}"}} {not one.is_healthy:d}' for one in cameras),
        f"# HELP {_PREFIX}camera_state The camera's state, 1 for the one that it is in.",
        f"# TYPE {_PREFIX}camera_state gauge",
        *(f'{_PREFIX}camera_state{{camera="{one.camera}",state="{one.state}"}} 1' for one in cameras),
    ]
    for attribute, (name, kind, text) in _METRICS.items():
        lines += [f"# HELP {_PREFIX}{name} {text}", f"# TYPE {_PREFIX}{name} {kind}"]
        for one in cameras:
            value = getattr(one, attribute)
            if value is not None:
                lines.append(f'{_PREFIX}{name}{{camera="{one.camera}"}} {value:.10g}')
    return "\n".join(lines) + "\n"


def to_json(cameras: Iterable[CameraStatus]) -> list[dict[str, Any]]:
    """What `occupancy gateway status` reads."""
    return [asdict(one) for one in cameras]
