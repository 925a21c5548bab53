"""Whether a picture shows nothing: black, covered, without light, or a recorder's "no signal". Pure.

A doubtful picture is a picture: a gap in its place would lose people who can be seen. The luminance is
reduced to a grid of mean values, the cells; 4 x 4 cells are a block. A picture shows something if

- many blocks are off the straight line between the blocks beside them, as in a scene full of edges,
- or some cells side by side are far off that line: a person on a plain floor, where floor and wall meet,
- or it is lit and brighter on one side than on the other: a plain floor.

In noise hardly any cells side by side are far off, and vignetting, fog or the glow of a sensor bends the
line only slightly. Why so, and with which margins: docs/decisions/0011-no-picture.md.

This is a copy of `ingest/blank.py` for Python 3.7; a test compares their answers.
"""

from __future__ import annotations

from math import sqrt
from statistics import median
from typing import Sequence

CELLS = 4
"""Cells of a block, across and down."""
LARGE, SMALL = (32, 18), (16, 9)
"""Blocks along the longer and the shorter side."""
LARGE_FROM = 320
"""Pixels of the longer side from which a picture has LARGE blocks: they need pixels to average over."""

STRUCTURED_SHARE = 0.15
"""A picture with a smaller share of blocks that are off the line shows nothing."""
LEAST_STEP = 1.0
"""Levels of 255 by which a block is at least off the line; the rounding of coded video stays below."""
NOISE_STEPS = 4.2
"""The same in standard deviations of a block's mean, as the noise within the blocks lets expect."""

FORMS = ((5.0, 5.0, 6), (1.5, 4.0, 12))
"""A strong form, then a weak one: the levels of 255 by which its cells are at least off the line, the
same in multiples of what nine of ten cells stay below, and how many such cells lie side by side."""

LIT = 40.0
"""A picture is lit if half of its blocks are brighter; a covered lens is dark except where light leaks in."""
SHADING = 16.0
"""Levels between the darkest and the brightest blocks of a lit surface, without the outer 2 % of each."""

GENERATED_SHARE = 0.6
"""With more blocks of exactly one grey, a recorder drew the picture, perhaps with a text."""
DARK, WHITE = 20.0, 235.0
"""Below and above these, a camera gives one grey too, of darkness or of a window: it was not drawn."""
SAME_GREY = 0.1
"""Levels by which the cells of one grey differ at most: the rounding of the scaler."""
SOLID, DARKER = 6, 20.0
"""So many cells that are darker than that grey by these levels, as are all around them, are no letters."""
CAPTION = 1 / 9
"""The part of a dark picture's height, at its top and at its bottom, where a camera writes name and clock."""

Block = Sequence[float]
"""The cells of a block."""


def grid_size(width: int, height: int) -> tuple[int, int]:
    """Cells across and down for a picture of this size in pixels."""
    longer, shorter = LARGE if max(width, height) >= LARGE_FROM else SMALL
    across, down = (longer, shorter) if width >= height else (shorter, longer)
    return CELLS * across, CELLS * down


def shows_nothing(grid: Sequence[float], across: int) -> bool:
    """Whether nobody could be seen on a picture; `grid` has its cells by rows, 0..255, `across` in a row."""
    blocks = blocks_of(grid, across)
    if _is_generated(blocks, grid, across):
        return True
    return not (structured_share(blocks) >= STRUCTURED_SHARE or is_shaded(blocks) or has_form(grid, across))


def structured_share(blocks: Sequence[Sequence[Block]]) -> float:
    """The share of the inner blocks, 0..1, whose mean is off the line between their neighbours' means."""
    means = [[sum(block) / len(block) for block in row] for row in blocks]
    step = max(LEAST_STEP, NOISE_STEPS * _noise(blocks))
    rows, columns = range(1, len(means) - 1), range(1, len(means[0]) - 1)
    off = sum(_off_line(means, row, column) > step for row in rows for column in columns)
    return off / (len(rows) * len(columns))


def is_shaded(blocks: Sequence[Sequence[Block]]) -> bool:
    """Whether the picture is of a lit surface that is brighter on one side than on the other."""
    means = sorted(sum(block) / len(block) for row in blocks for block in row)
    outer = len(means) // 50
    return means[len(means) // 2] >= LIT and means[-1 - outer] - means[outer] >= SHADING


def has_form(grid: Sequence[float], across: int) -> bool:
    """Whether enough cells side by side are far enough off the line between their neighbours."""
    rows = cells_off_line(grid, across)
    return any(largest_form(rows, levels, times) >= cells for levels, times, cells in FORMS)


def cells_off_line(grid: Sequence[float], across: int) -> list[list[float]]:
    """By how many levels each inner cell is off the line between its neighbours, by rows.

    A dark picture's captions are left out: a covered camera still writes its clock.
    """
    lines = [grid[start : start + across] for start in range(0, len(grid), across)]
    left_out = int(CAPTION * len(lines)) if median(grid) <= DARK else 0
    lines = lines[left_out : len(lines) - left_out]
    return [
        [
            max(abs(here - (left + right) / 2), abs(here - (up + down) / 2))
            for here, left, right, up, down in zip(line[1:], line, line[2:], above[1:], below[1:])
        ]
        for above, line, below in zip(lines, lines[1:], lines[2:])
    ]


def largest_form(rows: Sequence[Sequence[float]], levels: float, times: float) -> int:
    """The most cells side by side that are off the line by `levels` and by `times` what most cells are."""
    step = max(levels, times * _usual(rows))
    far = {(row, column) for row, cells in enumerate(rows) for column, off in enumerate(cells) if off > step}
    most = 0
    while far:
        most = max(most, _take_form(far))
    return most


def blocks_of(grid: Sequence[float], across: int) -> list[list[Block]]:
    """The blocks of a grid, by rows."""
    lines = [grid[start : start + across] for start in range(0, len(grid), across)]
    return [
        [
            [cell for line in lines[top : top + CELLS] for cell in line[left : left + CELLS]]
            for left in range(0, across, CELLS)
        ]
        for top in range(0, len(lines), CELLS)
    ]


def _off_line(means: Sequence[Sequence[float]], row: int, column: int) -> float:
    here = means[row][column]
    across = here - (means[row][column - 1] + means[row][column + 1]) / 2
    down = here - (means[row - 1][column] + means[row + 1][column]) / 2
    return max(abs(across), abs(down))


def _usual(rows: Sequence[Sequence[float]]) -> float:
    """What nine of ten cells are off the line at most, from every third cell."""
    some = sorted(off for row in rows for off in row[::3])
    return some[len(some) * 9 // 10]


def _take_form(far: set[tuple[int, int]]) -> int:
    """Take a cell and all that touch it, and those that touch these, out of the set; return how many."""
    found = [far.pop()]
    for row, column in found:
        beside = {(row + y, column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)} & far
        far -= beside
        found.extend(beside)
    return len(found)


def _noise(blocks: Sequence[Sequence[Block]]) -> float:
    """The standard deviation of a block's mean, if what its quietest blocks vary by is noise."""
    variances = sorted(_variance(block) for row in blocks for block in row)
    return sqrt(variances[len(variances) // 4]) / CELLS


def _variance(block: Block) -> float:
    mean = sum(block) / len(block)
    return sum([(cell - mean) ** 2 for cell in block]) / (len(block) - 1)


def _is_generated(blocks: Sequence[Sequence[Block]], grid: Sequence[float], across: int) -> bool:
    every = [block for row in blocks for block in row]
    grey = median(grid)
    if not DARK <= grey <= WHITE:
        return False
    same = sum(max(block) - grey <= SAME_GREY and grey - min(block) <= SAME_GREY for block in every)
    return same > GENERATED_SHARE * len(every) and _solid(grid, across, grey - DARKER) < SOLID


def _solid(grid: Sequence[float], across: int, level: float) -> int:
    """How many cells are darker than the level, as are the eight around them."""
    dark = {place for place, cell in enumerate(grid) if cell < level}
    around = [row + column for row in (-across, 0, across) for column in (-1, 0, 1)]
    return sum(all(place + step in dark for step in around) for place in dark)
