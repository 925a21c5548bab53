"""An ONNX file's input shape."""

import pytest

from infra.local.rekognition.detectors.onnx_file import input_shape
from tests.infra.local.rekognition.detectors.onnx_models import onnx


def test_a_models_size() -> None:
    assert input_shape(onnx((1, 3, 416, 640))) == (1, 3, 416, 640)


def test_every_cut_of_a_model_is_refused() -> None:
    model = onnx((1, 3, 64, 64))
    for end in range(len(model) - 9):  # the last field, the operator set, is not read
        with pytest.raises(ValueError, match=r"it |byte "):
            input_shape(model[:end])
