"""The quarter hours of a store's cameras as columns: one array for each field, one entry for each line. Pure.

A day file holds a line for each camera and quarter hour; a year of 20 cameras has 350,000 of them. As columns
they need about 60 MB, and are summed in milliseconds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from counter.analytics.estimation.arrays import Bools, Ints
from ingest.times import EPOCH, QUARTER_HOUR, from_text

QUARTER_SECONDS = 900
ABSENT = -1
"""The person-seconds of a zone that the line does not have. 0 is a zone that stayed empty."""


class RecordedQuarter(Protocol):
    """A camera's quarter hour: a line of a day file (docs/history.md), or anything with these fields.

    `due` exceeds `counted` and the gaps as long as the quarter hour is not closed: that is how a caller says
    what is still to come.
    """

    @property
    def camera(self) -> str: ...  # noqa: D102 - see above
    @property
    def area(self) -> str: ...  # noqa: D102
    @property
    def start(self) -> datetime: ...  # noqa: D102
    @property
    def due(self) -> int: ...  # noqa: D102
    @property
    def counted(self) -> int: ...  # noqa: D102
    @property
    def person_seconds(self) -> int: ...  # noqa: D102
    @property
    def counted_seconds(self) -> int: ...  # noqa: D102
    @property
    def gaps_by_reason(self) -> Mapping[Any, int]: ...  # noqa: D102
    @property
    def histogram(self) -> Mapping[int, int]: ...  # noqa: D102
    @property
    def zone_person_seconds(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def zone_histograms(self) -> Mapping[str, Mapping[int, int]] | None: ...  # noqa: D102


def quarter_number(time: datetime) -> int:
    """The number of the quarter hour that contains `time`, since the epoch."""
    return (time - EPOCH) // QUARTER_HOUR


def quarter_time(number: int) -> datetime:
    """The start of the quarter hour with that number, in UTC."""
    return EPOCH + int(number) * QUARTER_HOUR


@dataclass(frozen=True)
class Histograms:
    """A histogram for each line: those of line i lie at `offsets[i]:offsets[i + 1]` of the other two.

    `counts` are numbers of people, `instants` how many instants had them.
    """

    offsets: Ints
    counts: Ints
    instants: Ints

    @classmethod
    def of(cls, histograms: Sequence[Mapping[Any, int]]) -> "Histograms":
        """One for each mapping of counts to instants; JSON has the counts as text."""
        lengths = np.fromiter(map(len, histograms), np.int64, len(histograms))
        return cls(
            np.concatenate([[0], np.cumsum(lengths)]),
            np.fromiter(
                (int(count) for found in histograms for count in found), np.int64, int(lengths.sum())
            ),
            np.fromiter((n for found in histograms for n in found.values()), np.int64, int(lengths.sum())),
        )

    @classmethod
    def concatenated(cls, parts: Sequence["Histograms"]) -> "Histograms":
        """Those of all parts, in their order."""
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls(
            np.concatenate([[0], np.cumsum(lengths)]),
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.instants for part in parts]),
        )

    @property
    def lines(self) -> Ints:
        """For each entry of `counts` and `instants` the number of its line."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def where(self, chosen: Bools) -> "Histograms":
        """Those of the chosen lines."""
        entries = np.repeat(chosen, np.diff(self.offsets))
        lengths = np.diff(self.offsets)[chosen]
        return Histograms(
            np.concatenate([[0], np.cumsum(lengths)]), self.counts[entries], self.instants[entries]
        )


@dataclass(frozen=True)
class ZoneColumns:
    """A zone's columns: person-seconds (`ABSENT` where a line does not have the zone) and histograms."""

    person_seconds: Ints
    histograms: Histograms


@dataclass(frozen=True)
class Columns:
    """Lines of camera quarter hours, in any order; a camera's quarter hour stands in them at most once.

    `camera` and `area` are indices into `cameras` and `areas`; `quarter` counts quarter hours since the
    epoch; `gaps` has a column for each of `reasons`. `person_seconds` and `counted_seconds` are sums over the
    counted instants.
    """

    cameras: tuple[str, ...]
    areas: tuple[str, ...]
    reasons: tuple[str, ...]
    camera: Ints
    area: Ints
    quarter: Ints
    due: Ints
    counted: Ints
    gaps: Ints
    person_seconds: Ints
    counted_seconds: Ints
    histograms: Histograms
    zones: Mapping[str, ZoneColumns]

    @classmethod
    def of(cls, quarters: Iterable[RecordedQuarter]) -> "Columns":
        """The columns of some lines, such as those of a day; `concatenated` joins the days."""
        lines = list(quarters)
        return cls._of(
            lambda name: [getattr(line, name) for line in lines],
            [quarter_number(line.start) for line in lines],
        )

    @classmethod
    def of_objects(cls, lines: Sequence[Mapping[str, Any]]) -> "Columns":
        """The same of lines as JSON has them, at half the time: all of a line but the foot grid is needed.

        Raises KeyError, TypeError or ValueError.
        """
        return cls._of(
            lambda name: [line.get(name) if name == "zone_histograms" else line[name] for line in lines],
            [quarter_number(from_text(line["start"])) for line in lines],
        )

    @classmethod
    def _of(cls, fields: Callable[[str], list[Any]], quarters: Sequence[int]) -> "Columns":
        cameras, camera = _coded(fields("camera"))
        areas, area = _coded(fields("area"))
        gaps = fields("gaps_by_reason")
        reasons = tuple(sorted({str(reason) for found in gaps for reason in found}))
        zones, histograms = fields("zone_person_seconds"), fields("zone_histograms")
        return cls(
            cameras,
            areas,
            reasons,
            camera,
            area,
            quarter=_ints(quarters),
            due=_ints(fields("due")),
            counted=_ints(fields("counted")),
            gaps=_ints([[found.get(reason, 0) for reason in reasons] for found in gaps]).reshape(
                len(gaps), len(reasons)
            ),
            person_seconds=_ints(fields("person_seconds")),
            counted_seconds=_ints(fields("counted_seconds")),
            histograms=Histograms.of(fields("histogram")),
            zones={
                name: ZoneColumns(
                    _ints([found.get(name, ABSENT) for found in zones]),
                    Histograms.of([(found or {}).get(name, {}) for found in histograms]),
                )
                for name in sorted({name for found in zones for name in found})
            },
        )

    @classmethod
    def concatenated(cls, parts: Sequence["Columns"]) -> "Columns":
        """The lines of all parts, in their order."""
        if not parts:
            return cls.of(())
        cameras = _union(part.cameras for part in parts)
        areas = _union(part.areas for part in parts)
        reasons = _union(part.reasons for part in parts)
        return cls(
            cameras,
            areas,
            reasons,
            camera=np.concatenate([_renumbered(part.camera, part.cameras, cameras) for part in parts]),
            area=np.concatenate([_renumbered(part.area, part.areas, areas) for part in parts]),
            quarter=np.concatenate([part.quarter for part in parts]),
            due=np.concatenate([part.due for part in parts]),
            counted=np.concatenate([part.counted for part in parts]),
            gaps=np.concatenate([_widened(part, reasons) for part in parts]),
            person_seconds=np.concatenate([part.person_seconds for part in parts]),
            counted_seconds=np.concatenate([part.counted_seconds for part in parts]),
            histograms=Histograms.concatenated([part.histograms for part in parts]),
            zones={
                name: ZoneColumns(
                    np.concatenate([_zone(part, name).person_seconds for part in parts]),
                    Histograms.concatenated([_zone(part, name).histograms for part in parts]),
                )
                for name in _union(part.zones for part in parts)
            },
        )

    def __len__(self) -> int:
        return len(self.quarter)

    def where(self, chosen: Bools) -> "Columns":
        """The chosen lines. Names of cameras, areas and reasons stay, so that their indices do."""
        return Columns(
            self.cameras,
            self.areas,
            self.reasons,
            self.camera[chosen],
            self.area[chosen],
            self.quarter[chosen],
            self.due[chosen],
            self.counted[chosen],
            self.gaps[chosen],
            self.person_seconds[chosen],
            self.counted_seconds[chosen],
            self.histograms.where(chosen),
            {
                name: ZoneColumns(zone.person_seconds[chosen], zone.histograms.where(chosen))
                for name, zone in self.zones.items()
            },
        )


def _ints(values: Sequence[object]) -> Ints:
    return np.array(values, np.int64)


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """The different names, and for each entry the number of its name."""
    different = tuple(sorted(set(names)))
    numbers = {name: number for number, name in enumerate(different)}
    return different, _ints([numbers[name] for name in names])


def _union(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for part in names for name in part}))


def _renumbered(codes: Ints, names: Sequence[str], into: Sequence[str]) -> Ints:
    places = {name: number for number, name in enumerate(into)}
    # Without names there are no codes either, but an empty array has no element to take.
    return _ints([places[name] for name in names])[codes] if names else codes


def _widened(part: Columns, reasons: Sequence[str]) -> Ints:
    gaps = np.zeros((len(part), len(reasons)), np.int64)
    gaps[:, [reasons.index(reason) for reason in part.reasons]] = part.gaps
    return gaps


def _zone(part: Columns, name: str) -> ZoneColumns:
    absent = ZoneColumns(np.full(len(part), ABSENT), Histograms.of([{}] * len(part)))
    return part.zones.get(name, absent)
