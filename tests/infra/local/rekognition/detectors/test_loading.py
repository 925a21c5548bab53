"""How a user chooses a detector, and which files are refused."""

from pathlib import Path

import pytest

from infra.local.rekognition.detectors.hog import HogDetector
from infra.local.rekognition.detectors.loading import load_detector
from infra.local.rekognition.detectors.yolox import UnusableModel
from tests.infra.local.rekognition.detectors.onnx_models import onnx


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
