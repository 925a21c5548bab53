"""The camera: its validated settings in the registry, the contract between all hops. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ingest.errors import OccupancyError
from ingest.registry.polygons import Polygon, polygon_problems
from ingest.registry.sampling import SAMPLE_EVERY_RANGE, Sampling
from ingest.times import floor_to, next_quarter

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
STREAM_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,256}")
MIN_CONFIDENCE_RANGE = (50.0, 100.0)


class Source(StrEnum):
    """Who puts the frames: the pull Lambda, from a KVS stream, or the sender itself."""

    KVS = "kvs"
    PUSH = "push"


class Mode(StrEnum):
    """Which KVS API the pull reads."""

    AUTO = "auto"
    IMAGES = "images"
    FRAGMENTS = "fragments"
    MEDIA = "media"


class InvalidCamera(OccupancyError, ValueError):
    """A camera with invalid settings; `problems` has one sentence for each mistake.

    `store_id` is its store, if the registry's item names one.
    """

    def __init__(self, camera_id: str, problems: Sequence[str]) -> None:
        super().__init__(f"camera {camera_id!r}: " + "; ".join(problems))
        self.camera_id = camera_id
        self.problems = tuple(problems)
        self.store_id: str | None = None


@dataclass(frozen=True)
class Change:
    """A timing that was in force until `until` (exclusive, a quarter hour)."""

    until: datetime
    sampling: Sampling


@dataclass(frozen=True)
class Camera:
    """One camera of the registry. Raises InvalidCamera with all mistakes at once.

    `since` is its first moment: no instant before it is due. `previous` has earlier timings, oldest first,
    until their quarter hours are closed; `sampling` is the newest, which may take effect in a few minutes.
    """

    camera_id: str
    store_id: str
    since: datetime
    source: Source = Source.KVS
    stream_name: str | None = None
    mode: Mode = Mode.FRAGMENTS
    area: str = ""
    zones: Mapping[str, Polygon] = field(default_factory=dict)
    ignore: Mapping[str, Polygon] = field(default_factory=dict)
    min_confidence: float = 95.0
    sampling: Sampling = field(default_factory=Sampling)
    previous: tuple[Change, ...] = ()
    original_deeplens: bool = False
    """Whether this unit still runs the original DeepLens function, whose keys have no camera id."""
    repeats: bool = False
    """Whether it may give the same picture at several instants, byte for byte, as a looped file does."""

    def __post_init__(self) -> None:
        if not self.area:
            object.__setattr__(self, "area", self.camera_id)
        if self.source is Source.KVS and self.stream_name is None:
            object.__setattr__(self, "stream_name", self.camera_id)
        problems = list(_problems(self))
        if problems:
            raise InvalidCamera(self.camera_id, problems)

    @property
    def sender(self) -> str | None:
        """How frame keys that do not contain the camera ID name this camera."""
        if self.original_deeplens:
            return ORIGINAL_DEEPLENS
        return stream_sender(self.stream_name) if self.stream_name else None

    def sampling_at(self, instant: datetime) -> Sampling:
        """The timing in force at `instant`."""
        return next((change.sampling for change in self.previous if instant < change.until), self.sampling)

    def is_due(self, instant: datetime) -> bool:
        """Whether this camera is to be counted at `instant`."""
        return instant >= self.since and self.sampling_at(instant).is_due(instant)

    def due(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The due instants in [start, end), in order."""
        start = max(start, self.since)
        for change in self.previous:
            yield from change.sampling.due(start, min(change.until, end))
            start = max(start, change.until)
        yield from self.sampling.due(start, end)

    def due_before(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The due instants in [start, end), newest first."""
        start = max(start, self.since)
        sampling = self.sampling
        for change in reversed(self.previous):
            yield from sampling.due_before(max(start, change.until), end)
            sampling, end = change.sampling, min(change.until, end)
        yield from sampling.due_before(start, end)

    def nearest_instant(self, time: datetime) -> datetime | None:
        """The multiple of the interval nearest to `time` (the earlier of two), or None if it is not due."""
        step = self.sampling_at(time).step
        instant = floor_to(time, step)
        if time - instant > step / 2:
            instant += step
        return instant if self.is_due(instant) else None

    def frame_window(self, instant: datetime) -> tuple[datetime, datetime]:
        """The span (after, until] in which the keyframe for `instant` must lie.

        It is not older than the timing allows, and later than the due instant before: one frame never serves
        two instants.
        """
        oldest = instant - self.sampling_at(instant).max_frame_age
        # Keyframe times are whole milliseconds, so one millisecond back makes the age limit inclusive.
        after = oldest - timedelta(milliseconds=1)
        return max([after, *self.due(oldest, instant)]), instant

    def with_sampling(self, sampling: Sampling, now: datetime, start: datetime | None = None) -> "Camera":
        """This camera, with another timing that takes effect at the next quarter hour, or at `start`.

        A change that has not taken effect yet is replaced; one that takes effect before `start` is kept.
        """
        if sampling == self.sampling:
            return self
        begins = start or next_quarter(now)
        pending = bool(self.previous) and self.previous[-1].until > now
        replaced = pending and (start is None or self.previous[-1].until >= start)
        kept = self.previous if replaced else (*self.previous, Change(begins, self.sampling))
        if kept[-1].sampling == sampling:
            kept = kept[:-1]  # a change that is undone before it took effect
        return replace(self, sampling=sampling, previous=kept)


ORIGINAL_DEEPLENS = "original-deeplens"


def is_camera_id(name: str) -> bool:
    """Whether a camera may have that ID; the key of a state item, for example, is none."""
    return NAME.fullmatch(name) is not None


def stream_sender(stream_name: str) -> str:
    """The sender of a KVS stream's frames."""
    return f"stream/{stream_name}"


def _problems(camera: Camera) -> Iterator[str]:
    names = {"camera": camera.camera_id, "store": camera.store_id}
    if camera.area != camera.camera_id:
        names["area"] = camera.area
    for label, name in names.items():
        if not NAME.fullmatch(name):
            yield f"{label} name {name!r} must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
    if camera.stream_name is not None and not STREAM_NAME.fullmatch(camera.stream_name):
        yield f"stream name {camera.stream_name!r} must be 1 to 256 of letters, digits, '_', '.' and '-'"
    if camera.source is Source.PUSH and camera.stream_name is not None:
        yield f"a push camera has no stream, but stream {camera.stream_name!r} is given"
    if camera.original_deeplens and camera.source is not Source.PUSH:
        yield "a unit with the original DeepLens function is a push camera: give source push"
    low, high = MIN_CONFIDENCE_RANGE
    if not low <= camera.min_confidence <= high:
        yield f"min_confidence {camera.min_confidence:g} is outside {low:g}..{high:g}"
    yield from sampling_problems(camera.sampling)
    for kind, polygons in (("zone", camera.zones), ("ignore", camera.ignore)):
        for name, polygon in polygons.items():
            yield from _named_polygon_problems(kind, name, polygon)


def sampling_problems(sampling: Sampling) -> Iterator[str]:
    """One sentence for each mistake in a timing."""
    if sampling.sample_every not in SAMPLE_EVERY_RANGE:
        yield f"sample_every {sampling.sample_every} is outside 1..840 seconds"
    try:
        ZoneInfo(sampling.time_zone)
    except (KeyError, ValueError, OSError):  # KeyError covers ZoneInfoNotFoundError; directories give OSError
        yield f"time zone {sampling.time_zone!r} is unknown: use an IANA name such as Europe/Berlin"


def _named_polygon_problems(kind: str, name: str, polygon: Polygon) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"{kind} name {name!r} must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
    for problem in polygon_problems(polygon):
        yield f"{kind} {name!r} {problem}"
