"""What DynamoDB holds: a row for each camera and sample instant, a roll-up for each quarter hour. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ingest.frames.messages import GapReason
from ingest.registry.camera import Source


class Status(StrEnum):
    """Whether a row holds a count or says why there is none."""

    COUNTED = "counted"
    GAP = "gap"


@dataclass(frozen=True)
class Box:
    """Where a person is, as DetectLabels gives it: shares of the image's width and height.

    `left` and `top` count from the upper left. A figure cut by the edge of the image may give a box that
    reaches a little beyond 0..1.
    """

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Person:
    """One instance of the label Person; `confidence` 0..100."""

    confidence: float
    box: Box


@dataclass(frozen=True)
class Row:
    """One camera at one sample instant: counted, or a gap with its reason.

    A gap has no `count`: missing is never zero. `people` are all that the detector named, also those below
    the camera's `min_confidence` or inside an `ignore` polygon, so that the count can be had again by
    another rule. `expires_at` is when DynamoDB may drop the row.
    """

    camera_id: str
    instant: datetime
    store_id: str
    area: str
    sample_every: int
    source: Source
    expires_at: datetime
    count: int | None = None
    zones: Mapping[str, int] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    frame_time: datetime | None = None
    detector: str | None = None
    reason: GapReason | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.reason is None):
            raise ValueError(f"row of {self.camera_id!r}: either a count or a reason, not {self}")

    @property
    def status(self) -> Status:
        """Counted or a gap."""
        return Status.COUNTED if self.reason is None else Status.GAP


@dataclass(frozen=True)
class QuarterHour:
    """The roll-up of one camera's quarter hour that begins at `start`: a pure function of its rows.

    `person_seconds` is the sum of count * sample interval over the counted rows, `counted_seconds` the sum
    of their intervals: their quotient is the mean. `histogram` says how many rows had which count.
    """

    camera_id: str
    start: datetime
    store_id: str
    area: str
    counted: int
    gaps: Mapping[GapReason, int]
    person_seconds: int
    counted_seconds: int
    zone_person_seconds: Mapping[str, int]
    histogram: Mapping[int, int]

    @property
    def rank(self) -> int:
        """Grows with every row and with every gap that becomes counted, so the greater knows more."""
        return 2 * self.counted + sum(self.gaps.values())


def roll_up(camera_id: str, start: datetime, rows: Iterable[Row]) -> QuarterHour | None:
    """The roll-up of a quarter hour out of all its rows, in any order; None where there are none.

    Store and area are those of its last row: a camera that moves takes its quarter hour along.
    """
    ordered = sorted(rows, key=lambda row: row.instant)
    if not ordered:
        return None
    counted = [row for row in ordered if row.count is not None]
    zones: Counter[str] = Counter()
    for row in counted:
        # Not Counter.update: a zone that stayed empty is 0, not missing.
        for name, count in row.zones.items():
            zones[name] += count * row.sample_every
    return QuarterHour(
        camera_id=camera_id,
        start=start,
        store_id=ordered[-1].store_id,
        area=ordered[-1].area,
        counted=len(counted),
        gaps=Counter(row.reason for row in ordered if row.reason is not None),
        person_seconds=sum((row.count or 0) * row.sample_every for row in counted),
        counted_seconds=sum(row.sample_every for row in counted),
        zone_person_seconds=zones,
        histogram=Counter(row.count for row in counted if row.count is not None),
    )
