"""ONNX files, built field by field (github.com/onnx/onnx, onnx.proto)."""

from collections.abc import Sequence


def field(number: int, value: bytes | int) -> bytes:
    """A protobuf field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def tensor(name: bytes, shape: Sequence[int]) -> bytes:
    """A ValueInfoProto of floats; 0 is an open dimension."""
    dims = b"".join(field(1, field(1, side) if side else field(2, b"side")) for side in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def onnx(shape: Sequence[int]) -> bytes:
    """A model that returns its input."""
    node = field(1, b"images") + field(2, b"output") + field(4, b"Identity")
    graph = (
        field(1, node)
        + field(2, b"g")
        + field(11, tensor(b"images", shape))
        + field(12, tensor(b"output", shape))
    )
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))
