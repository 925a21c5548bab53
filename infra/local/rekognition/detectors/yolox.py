"""Any YOLOX ONNX export (github.com/Megvii-BaseDetection/YOLOX), run by cv2.dnn without other dependencies.

Input 1x3xHxW, BGR, 0..255; the image is scaled to fit, put in the upper left, the rest filled with 114.
Output 1xNx(5 + classes), raw: for each cell of three grids (strides 8, 16, 32) the box's centre and size,
objectness, and class scores of which the first is the person's (COCO).
"""

from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from infra.local.rekognition.detectors.detection import Detection, Floats, Image, boxed
from infra.local.rekognition.detectors.onnx_file import input_shape
from infra.local.rekognition.detectors.scores import YOLOX
from ingest.errors import OccupancyError

STRIDES = (8, 16, 32)
NMS_OVERLAP = 0.45
_PADDING = 114
_OBJECTNESS, _PERSON = 4, 5


class UnusableModel(OccupancyError, ValueError):
    """A model file that cannot be used; the sentence names the path."""


class YoloxDetector:
    """Raises UnusableModel if the file is missing, not an ONNX model, or not a YOLOX model."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._width, self._height = _input_size(path)
        self._cells = cells(self._width, self._height)
        # cv2.dnn keeps a net's activations in the net, and one pass uses all cores already.
        self._lock = Lock()
        self._net = _read_net(path)
        self._probe(path)

    def detect(self, image: Image) -> list[Detection]:
        """The people in `image`, the most confident first."""
        ratio = min(self._height / image.shape[0], self._width / image.shape[1])
        boxes, scores = decode(self._forward(self._letterbox(image, ratio)), self._cells)
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), YOLOX.floor, NMS_OVERLAP)
        boxes = boxes / ratio
        return [
            boxed(YOLOX.confidence(float(scores[i])), tuple(boxes[i].tolist()), image) for i in np.ravel(kept)
        ]

    def _letterbox(self, image: Image, ratio: float) -> Floats:
        height, width = max(1, int(image.shape[0] * ratio)), max(1, int(image.shape[1] * ratio))
        canvas = np.full((self._height, self._width, 3), _PADDING, np.float32)
        canvas[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        return canvas.transpose(2, 0, 1)[np.newaxis]

    def _forward(self, blob: Floats) -> Floats:
        with self._lock:
            self._net.setInput(blob)
            output: Floats = np.asarray(self._net.forward())[0]
            return output

    def _probe(self, path: Path) -> None:
        blank = np.zeros((1, 3, self._height, self._width), np.float32)
        try:
            shape = self._forward(blank).shape
        except cv2.error as error:
            raise UnusableModel(f"model {path} cannot be run by OpenCV: {error.err}") from error
        if len(shape) != 2 or shape[0] != len(self._cells) or shape[1] <= _PERSON:
            raise UnusableModel(
                f"model {path} is not a YOLOX model: it gives {'x'.join(map(str, shape))} values, "
                f"{len(self._cells)}x85 were expected; export it with YOLOX's own tools/export_onnx.py"
            )


def cells(width: int, height: int) -> Floats:
    """(column, row, stride) of each output row: one grid after another, each row by row."""
    grids = [np.mgrid[: height // stride, : width // stride][::-1].reshape(2, -1).T for stride in STRIDES]
    strides = np.repeat(STRIDES, [len(grid) for grid in grids])
    return np.column_stack([np.vstack(grids), strides]).astype(np.float32)


def decode(output: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Boxes (left, top, width, height in pixels of the model's input) and scores, of likely people.

    `output` is N x (5 + classes), `grid` what `cells` gives for the model's size.
    """
    scores = output[:, _OBJECTNESS] * output[:, _PERSON]
    likely = scores >= YOLOX.floor
    values, stride = output[likely], grid[likely, 2:]
    centre = (values[:, :2] + grid[likely, :2]) * stride
    size = np.exp(values[:, 2:4]) * stride
    return np.hstack([centre - size / 2, size]), scores[likely]


def _input_size(path: Path) -> tuple[int, int]:
    try:
        shape = input_shape(path.read_bytes())
    except OSError as error:
        raise UnusableModel(f"model {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnusableModel(f"model {path} is not an ONNX file: {error}") from error
    if len(shape) != 4 or shape[1] != 3 or min(shape[2:]) < STRIDES[-1]:
        given = "x".join(map(str, shape))
        raise UnusableModel(
            f"model {path} is not a YOLOX model: its input is {given}, not 1x3xHxW with a fixed size"
        )
    return shape[3], shape[2]


def _read_net(path: Path) -> cv2.dnn.Net:
    try:
        return cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise UnusableModel(f"model {path} is not an ONNX model that OpenCV can load: {error.err}") from error
