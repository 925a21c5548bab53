"""The keys of the frame bucket: which camera and which time a frame belongs to. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.errors import OccupancyError
from ingest.registry.camera import NAME
from ingest.times import from_compact, from_millis, to_compact, to_text

PREFIX = "frame/"

CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far a sender's clock may be ahead. The counter refuses a frame whose times are later than that."""

_OURS = re.compile(r"frame/([^/]+)/(\d{4}-\d{2}-\d{2})/([^/_]+)_([^/_]+)\.jpg")
_ORIGINAL = re.compile(r"frame/(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)\.jpg")
# The prefix and the stream's name may contain underscores, so the key is read from its right end.
_KVS_IMAGE = re.compile(r"(?:.*[_/])?(\d{12})_([a-zA-Z0-9_.-]{1,256})_(\d{13})_([^_/]+)\.jpe?g")


class UnknownFrameKey(OccupancyError, ValueError):
    """A key under the frame prefix whose form the counter does not know."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"key {key!r} is not a frame key: {why}")


@dataclass(frozen=True)
class FrameKey:
    """`frame/<camera_id>/<YYYY-MM-DD>/<instant>_<frame time>.jpg`; times in UTC, the instant's date."""

    camera_id: str
    instant: datetime
    frame_time: datetime

    def __str__(self) -> str:
        return f"{instant_prefix(self.camera_id, self.instant)}{to_compact(self.frame_time)}.jpg"


@dataclass(frozen=True)
class OriginalDeepLensKey:
    """`frame/<device time>.jpg`, as the original DeepLens function writes it; the time is naive."""

    device_time: datetime


@dataclass(frozen=True)
class KvsImageKey:
    """`<prefix>_<account>_<stream>_<epoch ms>_<id>.jpg`, as KVS's own image delivery writes it."""

    stream_name: str
    frame_time: datetime


def instant_prefix(camera_id: str, instant: datetime) -> str:
    """The common prefix of the keys of all frames for this camera and instant."""
    return f"{PREFIX}{camera_id}/{_date(instant)}/{to_compact(instant)}_"


def parse(key: str) -> FrameKey | OriginalDeepLensKey | KvsImageKey:
    """Read an object key, already URL-decoded. Raises UnknownFrameKey."""
    try:
        if match := _OURS.fullmatch(key):
            return _parse_ours(*match.groups())
        if match := _ORIGINAL.fullmatch(key):
            return OriginalDeepLensKey(datetime.fromisoformat(match[1]))
        if match := _KVS_IMAGE.fullmatch(key):
            return KvsImageKey(match[2], from_millis(int(match[3])))
    except ValueError as error:
        raise UnknownFrameKey(key, str(error)) from error
    raise UnknownFrameKey(key, "expected frame/<camera>/<YYYY-MM-DD>/<instant>_<frame time>.jpg")


def _parse_ours(camera_id: str, date: str, instant_text: str, time_text: str) -> FrameKey:
    if not NAME.fullmatch(camera_id):
        raise ValueError(f"{camera_id!r} is not a camera name")
    instant = from_compact(instant_text)
    if _date(instant) != date:
        raise ValueError(f"its folder {date} is not the date of its instant {instant_text}")
    return FrameKey(camera_id, instant, from_compact(time_text))


def _date(instant: datetime) -> str:
    return to_text(instant)[: len("YYYY-MM-DD")]
