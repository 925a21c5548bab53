"""The state of each camera: as a value, as Prometheus text, as JSON. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CameraStatus:
    """One camera. Ages in seconds; `problem` is a sentence without secrets.

    `state` is starting, live, failing, closed (by its hours), disabled (in the registry) or stopped.
    `dropped` counts what was dropped, `sent_again` what was sent again after a broken connection, `lost`
    the frames that did not arrive from the camera.
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
        """Whether the camera needs no attention."""
        return self.problem is None and self.state != "failing"


def joined(*problems: str | None) -> str | None:
    """All problems as one sentence."""
    return "; ".join(filter(None, problems)) or None


_METRICS: Mapping[str, tuple[str, str, str]] = {
    "fps": ("fps", "gauge", "Frames per second from the camera."),
    "bits_per_second": ("bits_per_second", "gauge", "Bits of video per second from the camera."),
    "gop_seconds": ("gop_seconds", "gauge", "Time between the camera's keyframes."),
    "last_packet_age": ("last_packet_age_seconds", "gauge", "Time since the camera last sent anything."),
    "last_ack_age": ("last_ack_age_seconds", "gauge", "Time since the last acknowledgement."),
    "spool_bytes": ("spool_bytes", "gauge", "Bytes that wait in the spool."),
    "spool_count": ("spool_items", "gauge", "Fragments or frames that wait in the spool."),
    "spool_age": ("spool_age_seconds", "gauge", "Age of the oldest item in the spool."),
    "reconnects": ("reconnects_total", "counter", "How often the camera was opened again."),
    "delivered": ("delivered_total", "counter", "Fragments or frames that were acknowledged."),
    "sent_bytes": ("sent_bytes_total", "counter", "Bytes that were sent over the uplink."),
    "sent_again": (
        "sent_again_total",
        "counter",
        "Fragments that were sent again.",
    ),
    "dropped": ("dropped_total", "counter", "Fragments or frames that were given up."),
    "skipped": ("skipped_total", "counter", "Packets that fit into no fragment."),
    "lost": ("lost_frames_total", "counter", "Frames that did not arrive from the camera."),
}
_PREFIX = "occupancy_gateway_"


def prometheus(statuses: Iterable[CameraStatus]) -> str:
    """The statuses in Prometheus's text exposition format, version 0.0.4."""
    statuses = list(statuses)
    lines = [
        f"# HELP {_PREFIX}camera_problem 1 if the camera has a problem, which /healthz names.",
        f"# TYPE {_PREFIX}camera_problem gauge",
        *(f"{_PREFIX}camera_problem{_labels(status)} {not status.is_healthy:d}" for status in statuses),
        f"# HELP {_PREFIX}camera_state 1 for the camera's current state.",
        f"# TYPE {_PREFIX}camera_state gauge",
        *(f"{_PREFIX}camera_state{_labels(status, state=status.state)} 1" for status in statuses),
    ]
    for attribute, (name, kind, text) in _METRICS.items():
        lines += [f"# HELP {_PREFIX}{name} {text}", f"# TYPE {_PREFIX}{name} {kind}"]
        for status in statuses:
            value = getattr(status, attribute)
            if value is not None:
                lines.append(f"{_PREFIX}{name}{_labels(status)} {value:.10g}")
    return "\n".join(lines) + "\n"


def to_json(statuses: Iterable[CameraStatus]) -> list[dict[str, Any]]:
    """The statuses as `occupancy gateway status` reads them."""
    return [asdict(status) for status in statuses]


def _labels(status: CameraStatus, **others: str) -> str:
    labels = {"camera": status.camera, **others}
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
