"""Whether a picture shows nothing: black, covered, without light, or a recorder's "no signal". Pure.

The picture is reduced to a grid of mean luminances; 4 x 4 cells are a block. A scene has edges, so the mean
of many blocks is off the straight line between the blocks beside it. In noise the means are nearly equal,
and vignetting, fog or the glow of a sensor bends the line only slightly. Why so, and with which margins:
docs/decisions/0011-no-picture.md.

`deeplens/camera/blank.py` is a copy of this module for Python 3.7; a test compares their answers.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import median

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

GENERATED_SHARE = 0.6
"""A picture with a larger share of blocks of one grey was drawn by a recorder, perhaps with a text on it."""
CAMERA_GREYS = (20.0, 235.0)
"""Outside of these, a camera gives one grey too, of darkness or of a window; then the share is this:"""
GENERATED_SHARE_OF_CAMERA_GREYS = 0.9
SAME_GREY = 0.75
"""Levels by which the cells of one grey may differ after lossy coding."""

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
    return structured_share(blocks) < STRUCTURED_SHARE or _is_generated(blocks)


def structured_share(blocks: Sequence[Sequence[Block]]) -> float:
    """The share of the inner blocks, 0..1, whose mean is off the line between their neighbours' means."""
    means = [[sum(block) / len(block) for block in row] for row in blocks]
    step = max(LEAST_STEP, NOISE_STEPS * _noise(blocks))
    rows, columns = range(1, len(means) - 1), range(1, len(means[0]) - 1)
    off = sum(_off_line(means, row, column) > step for row in rows for column in columns)
    return off / (len(rows) * len(columns))


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


def _noise(blocks: Sequence[Sequence[Block]]) -> float:
    """The standard deviation of a block's mean, if what its quietest blocks vary by is noise."""
    variances = sorted(_variance(block) for row in blocks for block in row)
    return sqrt(variances[len(variances) // 4]) / CELLS


def _variance(block: Block) -> float:
    mean = sum(block) / len(block)
    return sum([(cell - mean) ** 2 for cell in block]) / (len(block) - 1)


def _is_generated(blocks: Sequence[Sequence[Block]]) -> bool:
    every = [block for row in blocks for block in row]
    grey = median(cell for block in every for cell in block)
    same = sum(max(block) - grey <= SAME_GREY and grey - min(block) <= SAME_GREY for block in every)
    darkest, lightest = CAMERA_GREYS
    share = GENERATED_SHARE if darkest <= grey <= lightest else GENERATED_SHARE_OF_CAMERA_GREYS
    return same > share * len(every)
