"""The detectors without any footage: how they are named, what they refuse, how YOLOX's output is read."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from infra.local.rekognition.detectors.detection import boxed
from infra.local.rekognition.detectors.hog import HogDetector
from infra.local.rekognition.detectors.loading import load_detector
from infra.local.rekognition.detectors.onnx_file import input_shape
from infra.local.rekognition.detectors.yolox import UnusableModel, cells, decode


def field(number: int, value: bytes | int) -> bytes:
    """A protobuf field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def tensor(name: bytes, shape: Sequence[int]) -> bytes:
    """A ValueInfoProto of floats; 0 leaves a side open."""
    dims = b"".join(field(1, field(1, side) if side else field(2, b"side")) for side in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def onnx(shape: Sequence[int]) -> bytes:
    """A model that gives its input back."""
    node = field(1, b"images") + field(2, b"output") + field(4, b"Identity")
    graph = (
        field(1, node)
        + field(2, b"g")
        + field(11, tensor(b"images", shape))
        + field(12, tensor(b"output", shape))
    )
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


def test_without_a_name_it_is_opencvs_own() -> None:
    assert isinstance(load_detector(None), HogDetector)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is not an ONNX file"),
        (b"# not a model\n" * 100, "is not an ONNX file"),
        (onnx((1, 3, 64, 64))[:-20], "is not an ONNX"),
        (onnx((1, 3, 0, 0)), "is not a YOLOX model: its input is 1x3x0x0"),
        (onnx((1, 1, 64, 64)), "is not a YOLOX model: its input is 1x1x64x64"),
        (onnx((10,)), "is not a YOLOX model: its input is 10"),
        (onnx((1, 3, 64, 64)), "is not a YOLOX model: it gives 3x64x64 values, 84x85 were expected"),
    ],
)
def test_files_that_are_no_yolox(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableModel) as raised:
        load_detector(str(path))
    assert str(path) in str(raised.value)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_models_size() -> None:
    assert input_shape(onnx((1, 3, 416, 640))) == (1, 3, 416, 640)


def test_every_cut_of_a_model_is_refused() -> None:
    model = onnx((1, 3, 64, 64))
    for end in range(len(model) - 9):  # the last field, the operator set, is not read
        with pytest.raises(ValueError, match=r"it |byte "):
            input_shape(model[:end])


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


def test_boxes_end_at_the_image() -> None:
    found = boxed(90.0, (-10.0, 20.0, 60.0, 100.0), np.zeros((100, 200, 3), np.uint8))
    assert (found.left, found.top, found.width, found.height) == (0.0, 0.2, 0.25, 0.8)


def test_an_empty_view_holds_nobody() -> None:
    assert HogDetector().detect(np.full((240, 320, 3), 200, np.uint8)) == []
