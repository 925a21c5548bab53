"""Lines of day files for tests of analytics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.times import QUARTER_HOUR, from_text


@dataclass(frozen=True)
class Line:
    """A camera's quarter hour, sampled each 300 s unless said otherwise."""

    camera: str
    start: datetime
    due: int = 3
    counted: int = 3
    gaps_by_reason: Mapping[str, int] = field(default_factory=dict)
    person_seconds: int = 0
    counted_seconds: int = 0
    histogram: Mapping[int, int] = field(default_factory=dict)
    area: str = "floor"
    zone_person_seconds: Mapping[str, int] = field(default_factory=dict)
    zone_histograms: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


def line(
    start: str | datetime,
    counts: Sequence[int | None],
    *,
    camera: str = "door",
    area: str = "floor",
    every: int = 300,
    reason: str = "no_media",
    zones: Mapping[str, Sequence[int]] | None = None,
) -> Line:
    """A closed quarter hour with these counts; None is a gap."""
    seen = [count for count in counts if count is not None]
    missing = len(counts) - len(seen)
    return Line(
        camera,
        from_text(start) if isinstance(start, str) else start,
        len(counts),
        len(seen),
        {reason: missing} if missing else {},
        sum(seen) * every,
        len(seen) * every,
        histogram(seen),
        area,
        {name: sum(found) * every for name, found in (zones or {}).items()},
        {name: histogram(found) for name, found in (zones or {}).items()},
    )


def histogram(counts: Sequence[int]) -> dict[int, int]:
    return {count: counts.count(count) for count in sorted(set(counts))}


def quarters(
    start: str | datetime,
    counts: Sequence[int | None],
    *,
    camera: str = "door",
    area: str = "floor",
    every: int = 300,
    reason: str = "no_media",
) -> list[Line]:
    """Quarter hours in a row, each with one count at all of its instants; None is a dark quarter hour."""
    begin = from_text(start) if isinstance(start, str) else start
    instants = 900 // every
    return [
        line(
            begin + number * QUARTER_HOUR,
            [count] * instants,
            camera=camera,
            area=area,
            every=every,
            reason=reason,
        )
        for number, count in enumerate(counts)
    ]


def due_only(start: str, number: int, *, camera: str = "door", area: str = "floor") -> list[Line]:
    """Quarter hours that are not closed yet: three instants are due in each, none is counted, none is a
    gap.
    """
    begin = from_text(start)
    return [Line(camera, begin + place * QUARTER_HOUR, counted=0, area=area) for place in range(number)]
