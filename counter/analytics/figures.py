"""What a figure is: a value, how sure it is, what it rests on, whether it is known at all. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from counter.analytics.spans import Span


class Kind(StrEnum):
    """What a series is of."""

    ZONE = "zone"
    CAMERA = "camera"
    AREA = "area"
    STORE = "store"


@dataclass(frozen=True)
class Subject:
    """What a series is of: the store, an area, a camera, or a zone of a camera.

    `name` is that of the area, camera or zone; `camera_id` is the camera of a zone.
    """

    kind: Kind
    name: str = ""
    camera_id: str = ""


STORE = Subject(Kind.STORE)


class Measure(StrEnum):
    """What is measured. For an area or a store, `MEDIAN`, `P90` and `PEAK` are of quarter hours, else of
    instants.
    """

    MEAN = "mean"  # people, on average
    PERSON_MINUTES = "person_minutes"
    SHARE = "share"  # of the time with anybody, 0..1; of cameras and zones alone
    MEDIAN = "median"  # people
    P90 = "p90"  # people: 90 % of the time at most so many
    PEAK = "peak"  # people


class Knowledge(StrEnum):
    """Whether a figure is known. A closed span has nothing due: there is nothing to know, and it is no
    gap.
    """

    KNOWN = "known"
    UNKNOWN = "unknown"
    PENDING = "pending"
    CLOSED = "closed"


@dataclass(frozen=True)
class Instants:
    """The sample instants of a span, of all its cameras: `due` in all, `counted`, and gaps by reason.

    The others are `pending`: their quarter hour is not closed yet.
    """

    due: int = 0
    counted: int = 0
    gaps: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def pending(self) -> int:
        """Instants that are neither counted nor a gap yet."""
        return self.due - self.counted - sum(self.gaps.values())

    @property
    def missing(self) -> float:
        """The share of closed instants that are gaps, 0..1."""
        return 0.0 if self.coverage is None else 1 - self.coverage

    @property
    def coverage(self) -> float | None:
        """The share of closed instants that have a count, 0..1; None without any."""
        closed = self.counted + sum(self.gaps.values())
        return self.counted / closed if closed else None


class Evidence(StrEnum):
    """What an interval rests on."""

    REPLAY = "replay"  # the same gaps on past days
    BESIDE = "beside"  # the counts beside the gaps
    MOMENTS = "moments"  # nothing is missing: only that people are counted at moments
    DAYS = "days"  # how much days differ
    COUNTED = "counted"  # exactly what was counted: a peak


@dataclass(frozen=True)
class Basis:
    """What an interval rests on: `days` past days, or days of a weekday, and how far off a figure typically
    is.

    `off` is a share of the figure, None where the figure is 0; `missing` the share of instants without a
    count.
    """

    evidence: Evidence
    days: int = 0
    off: float | None = None
    missing: float = 0.0
    weekday: int | None = None


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval.

    An unknown figure has no value, and `reason` says why. A pending one has the value of what is closed so
    far if that is known. `at_least` marks a peak under gaps: it has no upper end. `sentences.explain` puts
    the basis into words.
    """

    status: Knowledge
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    basis: Basis | None = None
    at_least: bool = False


@dataclass(frozen=True)
class Figures:
    """The figures of a subject for a span, and the instants that they rest on."""

    subject: Subject
    span: Span
    instants: Instants
    values: Mapping[Measure, Figure]

    def __getitem__(self, measure: Measure) -> Figure:
        return self.values[measure]
