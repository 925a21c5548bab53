import pytest

from infra.local.kvs.service.matroska import BlockHead, block_head, timecode_scale
from ingest.kvs import ebml
from ingest.kvs.ebml import InvalidMatroska


@pytest.mark.parametrize(
    ("payload", "head"),
    [
        (b"\x81\0\x28\x80frame", BlockHead(1, 40, keyframe=True, length=4)),
        (b"\x82\xff\xff\0", BlockHead(2, -1, keyframe=False, length=4)),
        (b"\x40\x81\0\0\x80", BlockHead(129, 0, keyframe=True, length=5)),  # a track number of two bytes
    ],
)
def test_the_head_of_a_block(payload: bytes, head: BlockHead) -> None:
    assert block_head(payload) == head


@pytest.mark.parametrize("payload", [b"", b"\x81\0\0", b"\0\0\0\0\0\0\0\0\0\0\0\0"])
def test_a_block_without_room_for_its_head(payload: bytes) -> None:
    with pytest.raises(InvalidMatroska, match=rf"^a block of {len(payload)} bytes "):
        block_head(payload)


@pytest.mark.parametrize(
    ("info", "scale"), [(b"", 1_000_000), (ebml.element(ebml.TIMECODE_SCALE, b"\x03\xe8"), 1000)]
)
def test_the_timecode_scale(info: bytes, scale: int) -> None:
    assert timecode_scale(info) == scale
