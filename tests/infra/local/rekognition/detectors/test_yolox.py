"""How YOLOX's output is read. `test_loading.py` has the files that are refused, the footage the counts."""

import numpy as np
import pytest

from infra.local.rekognition.detectors.yolox import cells, decode


def test_cells_lie_row_by_row_stride_by_stride() -> None:
    grid = cells(64, 32)
    assert len(grid) == 8 * 4 + 4 * 2 + 2 * 1
    assert grid[0].tolist() == [0, 0, 8]
    assert grid[9].tolist() == [1, 1, 8]
    assert grid[32].tolist() == [0, 0, 16]
    assert grid[-1].tolist() == [1, 0, 32]


def test_yolox_output_becomes_boxes() -> None:
    grid = cells(64, 32)
    output = np.zeros((len(grid), 85), np.float32)
    output[9] = [0.5, 0.25, np.log(2), np.log(3), 0.9, 0.8, *[0.0] * 79]  # column 1, row 1, stride 8
    output[10] = [0, 0, 0, 0, 0.9, 0.1, *[0.9] * 79]  # surely something, but nobody
    boxes, scores = decode(output, grid)
    assert boxes.tolist() == [pytest.approx([12 - 8, 10 - 12, 16, 24])]
    assert scores.tolist() == [pytest.approx(0.72)]
