"""Sample instants and names of frames: the grammar of the keys in the frame bucket. Pure.

Instants are whole seconds since the epoch, times of frames milliseconds.
"""

from __future__ import annotations

import calendar
import re
import time
from math import ceil

FRAME_NAME = re.compile(r"\d{8}T\d{9}Z_\d{8}T\d{9}Z\.jpg")
MAX_FRAME_AGE = 30


def next_instant(now: float, sample_every: int) -> int:
    """Return the first sample instant at or after `now`: a multiple of the interval since the epoch."""
    return ceil(now / sample_every) * sample_every


def max_frame_age(sample_every: int) -> int:
    """Seconds that a frame may be older than its sample instant, so that it serves no other instant."""
    return min(sample_every, MAX_FRAME_AGE)


def compact(millis: int) -> str:
    """`20261122T140500000Z`, the form of times in frame keys."""
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime(millis // 1000)) + f"{millis % 1000:03d}Z"


def frame_name(instant: int, frame_millis: int) -> str:
    """`<instant>_<frame time>.jpg`; names sort in the order of their instants."""
    return f"{compact(instant * 1000)}_{compact(frame_millis)}.jpg"


def instant_of(name: str) -> int:
    """Read the instant at the beginning of a frame's name."""
    return calendar.timegm(time.strptime(name[:15], "%Y%m%dT%H%M%S"))


def key(camera_id: str, name: str) -> str:
    """The key of a frame in the bucket: `frame/<camera_id>/<YYYY-MM-DD>/<name>`, by the instant's date."""
    return f"frame/{camera_id}/{name[:4]}-{name[4:6]}-{name[6:8]}/{name}"
