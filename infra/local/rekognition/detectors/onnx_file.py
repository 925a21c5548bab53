"""Reads the shape of an ONNX model's input from its file: OpenCV does not tell it.

ONNX is one protobuf message (github.com/onnx/onnx, onnx.proto): ModelProto.graph = 7, GraphProto.input = 11,
ValueInfoProto.type = 2, TypeProto.tensor_type = 1, Tensor.shape = 2, TensorShapeProto.dim = 1, dim_value = 1.
"""

from collections.abc import Iterator

_TO_SHAPE = (7, 11, 2, 1, 2)
_DIM = 1
_DIM_VALUE = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def input_shape(model: bytes) -> tuple[int, ...]:
    """The first input's shape, 0 for an open dimension, () without one. Raises ValueError: not ONNX."""
    message = memoryview(model)
    for number in _TO_SHAPE:
        found = next(_messages(message, number), None)
        if found is None:
            raise ValueError(f"it has no field {number} where ONNX has one")
        message = found
    return tuple(_dim_value(dim) for dim in _messages(message, _DIM))


def _messages(message: memoryview, number: int) -> Iterator[memoryview]:
    for field, value in _fields(message):
        if field == number and isinstance(value, memoryview):
            yield value


def _dim_value(dim: memoryview) -> int:
    return next((value for field, value in _fields(dim) if field == _DIM_VALUE and isinstance(value, int)), 0)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(number, value) of each field; a message or string is a view of its bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind not in {_FIXED64, _BYTES, _FIXED32}:
            raise ValueError(f"no protobuf field begins at byte {at}")
        size, at = _varint(message, at) if kind == _BYTES else (8 if kind == _FIXED64 else 4, at)
        if at + size > len(message):
            raise ValueError(f"it ends within a field, at byte {len(message)}")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError(f"the number before byte {at} does not end")
