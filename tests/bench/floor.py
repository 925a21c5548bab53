"""Floor: CPU for the heat map of a shop of 40 m x 24 m with 20 cameras, eight weeks of 12 hours a day.

53,760 lines of about 40 foot cells each, as values in memory. Times are medians of three rounds, of CPU.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import numpy as np

from counter.floor.feet import FloorTimes, foot_sums
from counter.floor.floor_map import floor_map
from counter.floor.plan import FloorPlan
from counter.floor.svg import Drawing, heat_svg
from counter.history.lines import HistoryLine
from tests.bench._timing import median_cpu
from tests.counter.floor.shop import DAY, Pinhole, line

DAYS, QUARTERS, CELLS = 56, 48, 40
PLAN = FloorPlan(40, 24)
CAMERAS = [
    Pinhole(f"c{column}{row}", (4 + 8 * column, 23.8 - 6 * row), -90)
    for column in range(5)
    for row in range(4)
]


def main() -> None:
    """Print the table."""
    mapped = [camera.mapped(PLAN, _corners(camera)) for camera in CAMERAS]
    lines = eight_weeks()
    sums = foot_sums(mapped, lines)
    found = floor_map(PLAN, sums)
    print(f"{len(lines):,} lines, {np.isfinite(found.density).sum()} of {found.density.size} cells seen")
    times = FloorTimes(DAY, DAY + timedelta(days=DAYS), frozenset({0}), frozenset({10}))
    _show("lines added up", partial(foot_sums, mapped, lines))
    _show("Mondays at ten chosen and added up", lambda: foot_sums(mapped, times.of(lines)))
    _show("placed on the plan and joined", partial(floor_map, PLAN, sums))
    _show("drawn", partial(heat_svg, found, Drawing()))
    print(f"{len(heat_svg(found, Drawing())):,} bytes of SVG")


def _show(label: str, work: Callable[[], object]) -> None:
    print(f"| {label} | {median_cpu(work):.3f} |", flush=True)


def _corners(camera: Pinhole) -> list[tuple[float, float]]:
    x, y = camera.at
    return [(x - 1.5, y - 1.7), (x + 1.5, y - 1.7), (x + 2.5, y - 5), (x - 2.5, y - 5)]


def eight_weeks() -> list[HistoryLine]:
    """The lines of all cameras; a camera's foot grids repeat each day."""
    random = np.random.default_rng(1)
    feet = {
        (camera.name, quarter): {int(cell): 60 for cell in random.choice(2304, CELLS, replace=False)}
        for camera in CAMERAS
        for quarter in range(QUARTERS)
    }
    days: list[date] = [DAY + timedelta(days=number) for number in range(DAYS)]
    return [
        line(camera, grid, 900, day, hour=9 + quarter // 4)
        for day in days
        for (camera, quarter), grid in feet.items()
    ]
