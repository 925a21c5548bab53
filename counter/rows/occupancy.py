"""The values in DynamoDB: a row per camera and sample instant, a roll-up per quarter hour. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from counter.rows.rule import common_rule
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source

RowKey = tuple[str, datetime]
"""Camera ID and sample instant. For a roll-up: camera ID and start of the quarter hour."""

FRAME_REASONS = frozenset({GapReason.UNREADABLE_IMAGE, GapReason.NOT_LOCALISED, GapReason.NO_PICTURE})
"""Gap reasons that lie in the frame itself: it has been analysed, so it can be deleted."""


class Status(StrEnum):
    """Whether a row holds a count or says why there is none."""

    COUNTED = "counted"
    GAP = "gap"


@dataclass(frozen=True)
class Box:
    """Where a person is, as DetectLabels returns it: fractions of the image's width and height.

    `left` and `top` are measured from the upper left corner. The box of a person cut off by the edge of the
    image may extend slightly beyond 0..1.
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

    A gap has no `count`: missing is never zero. `people` are all people that the detector returned, including
    those below the camera's `min_confidence` or inside an `ignore` polygon, so that the count can be
    recomputed with other settings. DynamoDB may delete the row after `expires_at`.

    `label_confidence` is that of the label Person, as far as the detector returned it; `floor` is the lowest
    confidence that the detector was asked for, None if no detector was asked. `digest` is that of the frame
    (`ingest.frames.inspection`), None if nobody computed it.

    `feet` are the cells of the grid (`counter/rows/feet.py`) in which the counted people stand, in order; a
    counted person without one is cut off by the lower edge of the picture. `rule` is the digest of the rule
    that gave count, zones and feet. Both are None in gaps, and in rows that were written before they existed.
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
    label_confidence: float | None = None
    floor: float | None = None
    feet: tuple[int, ...] | None = None
    rule: str | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.reason is None):
            raise ValueError(f"row of {self.camera_id!r} needs either a count or a reason, not {self}")

    @property
    def status(self) -> Status:
        """Counted or a gap."""
        return Status.COUNTED if self.reason is None else Status.GAP

    @property
    def analysed(self) -> bool:
        """Whether the frame has been analysed, with a count or without: it is no longer needed."""
        return self.status is Status.COUNTED or self.reason in FRAME_REASONS


@dataclass(frozen=True)
class QuarterHour:
    """The roll-up of one camera's quarter hour that begins at `start`: a pure function of its rows.

    `person_seconds` is the sum of count * sample interval over the counted rows, `counted_seconds` the sum
    of these intervals; their quotient is the mean count. `histogram` maps a count to its number of rows, and
    `zone_histograms` does so for each zone, over the counted rows that have the zone.

    `foot_seconds` maps a cell of the grid to its person-seconds. What is missing to `person_seconds` are
    people whose feet the lower edge of the picture cuts off. `rule` is the digest of the rule of all counted
    rows, or MIXED. Each of these three is None if it is not known: in roll-ups that were stored before it
    existed, and where a counted row has no `feet` or no `rule`; a quarter hour without a counted row has no
    rule.
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
    zone_histograms: Mapping[str, Mapping[int, int]] | None = None
    foot_seconds: Mapping[int, int] | None = None
    rule: str | None = None

    @property
    def rank(self) -> int:
        """Grows with each new row and with each gap that becomes counted: a higher rank saw more rows."""
        return 2 * self.counted + sum(self.gaps.values())


def roll_up(camera_id: str, start: datetime, rows: Iterable[Row]) -> QuarterHour | None:
    """Roll up all rows of a quarter hour, given in any order; None if there are no rows.

    Store and area are those of the last row, so a moved camera takes its whole quarter hour along.
    """
    ordered = sorted(rows, key=lambda row: row.instant)
    if not ordered:
        return None
    counted = [row for row in ordered if row.count is not None]
    zone_seconds: Counter[str] = Counter()
    zone_histograms: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for row in counted:
        # Not Counter.update: it would drop zones that stayed empty; they are 0, not missing.
        for name, count in row.zones.items():
            zone_seconds[name] += count * row.sample_every
            zone_histograms[name][count] += 1
    return QuarterHour(
        camera_id=camera_id,
        start=start,
        store_id=ordered[-1].store_id,
        area=ordered[-1].area,
        counted=len(counted),
        gaps=Counter(row.reason for row in ordered if row.reason is not None),
        person_seconds=sum((row.count or 0) * row.sample_every for row in counted),
        counted_seconds=sum(row.sample_every for row in counted),
        zone_person_seconds=zone_seconds,
        histogram=Counter(row.count for row in counted if row.count is not None),
        zone_histograms=zone_histograms,
        foot_seconds=_foot_seconds(counted),
        rule=common_rule(row.rule for row in counted),
    )


def _foot_seconds(counted: Iterable[Row]) -> Mapping[int, int] | None:
    """The person-seconds of each cell; None if a row does not say where its people stand."""
    seconds: Counter[int] = Counter()
    for row in counted:
        if row.feet is None:
            return None
        for cell in row.feet:
            seconds[cell] += row.sample_every
    return seconds
