from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.kvs import ebml, mkv
from ingest.kvs.ebml import Element, InvalidMatroska, Parser, children, element, read_header, size_bytes
from ingest.kvs.video import Track

TRACK = Track(1, "V_MPEG4/ISO/AVC", b"\x01\x64", 640, 360)
STREAM = b"".join(
    [
        mkv.header([TRACK]),
        mkv.cluster(1_795_393_011_685),
        mkv.simple_block(1, 0, b"k" * 300, keyframe=True),
        mkv.simple_block(1, 40, b"p" * 20, keyframe=False),
        mkv.tags({"shelf": "7"}),
        element(ebml.CLUSTER, element(ebml.TIMECODE, b"\x01")),
        element(ebml.VOID, b"\0" * 9),
    ]
)


def parse(pieces: list[bytes]) -> list[Element]:
    parser = Parser()
    return [element for piece in pieces for element in parser.feed(piece)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_any_split_of_the_bytes_gives_the_same_elements(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(edges)]

    assert parse(pieces) == parse([STREAM])


def test_the_elements_together_are_the_bytes() -> None:
    assert b"".join(element.raw for element in parse([STREAM])) == STREAM


def test_every_prefix_is_parsed_as_far_as_it_goes() -> None:
    whole = parse([STREAM])
    for end in range(len(STREAM)):
        parser = Parser()
        found = list(parser.feed(STREAM[:end]))
        assert found == whole[: len(found)]
        assert parser.position + parser.waiting == end


def test_segment_and_cluster_are_opened_whatever_their_size() -> None:
    ids = [element.id for element in parse([STREAM])]

    assert ids[:2] == [ebml.EBML, ebml.SEGMENT]
    assert [(element.size, element.payload) for element in parse([STREAM]) if element.id == ebml.CLUSTER] == [
        (None, b""),
        (3, b""),
    ]
    assert ids[-3:] == [ebml.CLUSTER, ebml.TIMECODE, ebml.VOID]


@pytest.mark.parametrize(
    ("garbage", "sentence"),
    [
        (b"\0\0\0\0", "does not begin an EBML id"),
        (b"hello", "is not of Matroska"),
        (ebml.id_bytes(ebml.TAGS) + b"\0", "does not begin an EBML size"),
        (ebml.unknown_size(ebml.TAGS), "claims None bytes"),
        (ebml.id_bytes(ebml.SIMPLE_BLOCK) + (70_000_000 | 1 << 56).to_bytes(8, "big"), "claims 70000000"),
    ],
)
def test_garbage_is_named(garbage: bytes, sentence: str) -> None:
    with pytest.raises(InvalidMatroska, match=sentence):
        parse([garbage])


@given(st.integers(0, 2**49 - 2))
def test_a_size_is_read_back(size: int) -> None:
    data = ebml.id_bytes(ebml.VOID) + size_bytes(size)

    assert read_header(data) == (ebml.VOID, size, len(data))


def test_children_of_a_cut_payload_are_an_error() -> None:
    payload = element(ebml.TAG_NAME, b"shelf") + element(ebml.TAG_STRING, b"7")

    assert list(children(payload)) == [(ebml.TAG_NAME, b"shelf"), (ebml.TAG_STRING, b"7")]
    for end in [*range(1, 8), *range(9, len(payload))]:
        with pytest.raises(InvalidMatroska):
            list(children(payload[:end]))
