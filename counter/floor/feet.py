"""Foot grids added up: for each camera, and for each mapping that was in force. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import numpy as np

from counter.analytics.estimation.arrays import Ints
from counter.floor.mapping import CameraMapping, MappedCamera
from counter.rows.feet import COLUMNS, ROWS


class FootQuarter(Protocol):
    """A camera's quarter hour: a line of a day file (docs/history.md), or anything with these fields."""

    @property
    def camera(self) -> str: ...  # noqa: D102 - see above
    @property
    def local_start(self) -> datetime: ...  # noqa: D102
    @property
    def person_seconds(self) -> int: ...  # noqa: D102
    @property
    def counted_seconds(self) -> int: ...  # noqa: D102
    @property
    def zone_person_seconds(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def foot_seconds(self) -> Mapping[Any, int] | None: ...  # noqa: D102


@dataclass(frozen=True)
class FloorTimes:
    """Which quarter hours a map is of: days (both included), weekdays (Monday is 0) and hours of the clock.

    A quarter hour before `day_starts` belongs to the day before.
    """

    first: date
    last: date
    weekdays: frozenset[int] = frozenset(range(7))
    hours: frozenset[int] = frozenset(range(24))
    day_starts: time = time(0)

    def contains(self, local_start: datetime) -> bool:
        """Whether the quarter hour that begins then is chosen."""
        shift = timedelta(hours=self.day_starts.hour, minutes=self.day_starts.minute)
        day = (local_start.replace(tzinfo=None) - shift).date()
        return (
            self.first <= day <= self.last
            and day.weekday() in self.weekdays
            and local_start.hour in self.hours
        )

    def of(self, lines: Iterable[FootQuarter]) -> Iterator[FootQuarter]:
        """The chosen lines."""
        return (line for line in lines if self.contains(line.local_start))


@dataclass
class FootSums:
    """The sums of a camera's lines under one of its mappings; None before its first.

    `feet` has the person-seconds of each foot cell. `person_seconds` and `counted_seconds` are of the lines
    with a foot grid; `ungridded` are the counted seconds of older lines, which have none.
    """

    camera: MappedCamera
    mapping: CameraMapping | None
    person_seconds: int = 0
    counted_seconds: int = 0
    ungridded: int = 0
    zone_seconds: dict[str, int] = field(default_factory=dict)
    _feet: list[int] = field(default_factory=lambda: [0] * (ROWS * COLUMNS))

    @property
    def feet(self) -> Ints:
        """The person-seconds of each foot cell, [cells]."""
        return np.array(self._feet, np.int64)

    @property
    def cut_off(self) -> int:
        """The person-seconds of people whose feet the lower edge of the picture cuts off."""
        return self.person_seconds - sum(self._feet)

    def add(self, line: FootQuarter) -> None:
        """Add a line. Raises ValueError if it has a cell that the grid lacks."""
        for name, seconds in line.zone_person_seconds.items():
            self.zone_seconds[name] = self.zone_seconds.get(name, 0) + seconds
        if line.foot_seconds is None:
            self.ungridded += line.counted_seconds
            return
        self.person_seconds += line.person_seconds
        self.counted_seconds += line.counted_seconds
        for cell, seconds in line.foot_seconds.items():
            if not 0 <= int(cell) < len(self._feet):
                raise ValueError(
                    f"cell {cell} of camera {line.camera} is not on the grid of {COLUMNS} x {ROWS}"
                )
            self._feet[int(cell)] += seconds


def foot_sums(cameras: Sequence[MappedCamera], lines: Iterable[FootQuarter]) -> list[FootSums]:
    """The sums for each camera and mapping that the lines meet, in the order of cameras, then of days.

    A camera without lines has empty sums; lines of other cameras are left out. Raises ValueError.
    """
    named = {camera.camera: camera for camera in cameras}
    found: dict[tuple[str, date], FootSums] = {}
    for line in lines:
        if (camera := named.get(line.camera)) is None:
            continue
        mapping = camera.mapping_on(line.local_start.date())
        key = camera.camera, mapping.since if mapping else date.min
        if key not in found:
            found[key] = FootSums(camera, mapping)
        found[key].add(line)
    for name in set(named) - {name for name, _ in found}:
        found[name, date.min] = FootSums(named[name], None)
    order = {name: number for number, name in enumerate(named)}
    return [found[key] for key in sorted(found, key=lambda key: (order[key[0]], key[1]))]
