import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.kvs import ebml, mkv
from ingest.kvs.ebml import InvalidMatroska, element, uint_bytes
from ingest.kvs.matroska import CutShort, read_fragments
from ingest.kvs.video import Fragment, FragmentError, Track
from ingest.times import MILLISECOND, from_millis
from tests.ingest.video import Coded, service_tags

START = 1_700_000_000_123
VIDEO = Coded(Track(1, "V_MPEG4/ISO/AVC", b"avcC", 640, 360), b"I-frame")
OTHER = Coded(Track(2, "V_MPEGH/ISO/HEVC", b"hvcC", 320, 180), b"IDR")
HEAD = mkv.header([VIDEO.track])
CLUSTER = (
    mkv.cluster(START)
    + mkv.simple_block(1, 0, b"I-frame", keyframe=True)
    + mkv.simple_block(1, 40, b"P-frame", keyframe=False)
    + mkv.simple_block(1, 80, b"I-frame 2", keyframe=True)
)
GET_MEDIA_END = mkv.tags(
    {"AWS_KINESISVIDEO_MILLIS_BEHIND_NOW": "0", "AWS_KINESISVIDEO_CONTINUATION_TOKEN": "1"}
)
DOCUMENT = HEAD + service_tags("1", START) + CLUSTER
NEXT = (
    mkv.header([OTHER.track])
    + service_tags("2", START + 4000)
    + mkv.cluster(7)
    + mkv.simple_block(2, 0, b"IDR", keyframe=True)
)
NOT_FOUND = mkv.header([]) + mkv.tags(
    {
        "AWS_KINESISVIDEO_ERROR_CODE": "FRAGMENT_NOT_FOUND",
        "AWS_KINESISVIDEO_ERROR_ID": "3000",
        "AWS_KINESISVIDEO_FRAGMENT_NUMBER": "91343852333181432392682062607743920146264427430",
    }
)


def read(*pieces: bytes) -> list[Fragment | FragmentError]:
    return list(read_fragments(pieces))


def read_to_error(payload: Iterable[bytes]) -> tuple[list[Fragment | FragmentError], InvalidMatroska]:
    parts: list[Fragment | FragmentError] = []
    reading = read_fragments(payload)
    while True:
        try:
            parts.append(next(reading))
        except InvalidMatroska as error:
            return parts, error


def cuts(parts: list[Fragment | FragmentError]) -> list[bool]:
    return [isinstance(part, Fragment) and part.cut for part in parts]


def keyframes(part: Fragment | FragmentError) -> list[tuple[int, bytes]]:
    assert isinstance(part, Fragment)
    return [((frame.time - part.producer_time) // MILLISECOND, frame.packet) for frame in part.keyframes]


def test_a_fragment_with_its_times_track_and_keyframes() -> None:
    (fragment,) = read(DOCUMENT + GET_MEDIA_END)

    assert isinstance(fragment, Fragment)
    assert (fragment.number, fragment.cut) == ("1", False)
    assert fragment.producer_time == fragment.server_time == from_millis(START)
    assert keyframes(fragment) == [(0, b"I-frame"), (80, b"I-frame 2")]
    assert {frame.track.codec_private for frame in fragment.keyframes} == {b"avcC"}


def test_codec_resolution_and_times_are_each_documents_own() -> None:
    first, second = read(DOCUMENT + NEXT)

    assert keyframes(first) == [(0, b"I-frame"), (80, b"I-frame 2")]
    assert isinstance(second, Fragment)
    # The producer's own timecode (RELATIVE here) does not matter: KVS states the producer time.
    assert [(frame.time, frame.track.codec_id) for frame in second.keyframes] == [
        (from_millis(START + 4000), "V_MPEGH/ISO/HEVC")
    ]


def test_all_bytes_belong_to_a_fragment() -> None:
    first, second = read(DOCUMENT + GET_MEDIA_END + NEXT)

    assert isinstance(first, Fragment)
    assert isinstance(second, Fragment)
    assert (first.size, second.size) == (len(DOCUMENT + GET_MEDIA_END), len(NEXT))


@pytest.mark.parametrize("length", [1, 2, 3, 7, 64])
def test_pieces_of_any_length(length: int) -> None:
    whole = DOCUMENT + GET_MEDIA_END + NEXT + NOT_FOUND + DOCUMENT

    assert read(*(whole[at : at + length] for at in range(0, len(whole), length))) == read(whole)


def test_every_split_in_two() -> None:
    whole = DOCUMENT + NEXT
    expected = read(whole)

    assert all(read(whole[:at], whole[at:]) == expected for at in range(len(whole)))


def test_cut_at_every_byte() -> None:
    """Complete fragments come whole; a cut one has the keyframes before the cut, never a partial one."""
    expected = keyframes(read(DOCUMENT)[0])
    for at in range(len(DOCUMENT)):
        for part in read(DOCUMENT[:at]):
            if isinstance(part, Fragment):
                assert keyframes(part) == expected[: len(part.keyframes)]
                # A cluster of unknown size may end after any block; elsewhere the cut shows.
                assert part.cut or _between_blocks(at)


def test_a_cut_leaves_the_documents_before_it_alone() -> None:
    head = len(DOCUMENT) + NEXT.index(ebml.id_bytes(ebml.SEGMENT))
    for at in range(head, len(DOCUMENT + NEXT)):
        assert read((DOCUMENT + NEXT)[:at])[0] == read(DOCUMENT)[0]


def _between_blocks(at: int) -> bool:
    parser = ebml.Parser()
    list(parser.feed(DOCUMENT[:at]))
    return parser.waiting == 0


def test_a_cluster_of_known_size_shows_every_cut() -> None:
    inner = CLUSTER[CLUSTER.index(b"\xff") + 1 :]
    known = HEAD + service_tags("1", START) + element(ebml.CLUSTER, inner)

    assert keyframes(read(known)[0]) == [(0, b"I-frame"), (80, b"I-frame 2")]
    for at in range(len(known) - len(inner), len(known)):
        (part,) = read(known[:at])
        assert isinstance(part, Fragment)
        assert part.cut


def test_a_source_that_breaks_off_cuts_the_last_fragment() -> None:
    def broken() -> Iterator[bytes]:
        yield DOCUMENT + NEXT
        raise CutShort("the connection broke")

    parts, error = read_to_error(broken())

    assert isinstance(error, CutShort)
    assert cuts(parts) == [False, True]


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x00\x00", b"HTTP/1.1 500", b"\x42\x86\x81\x01", b"\xec\xff"],
    ids=["zeros", "text", "foreign element", "void of unknown size"],
)
def test_garbage_ends_the_payload_after_what_was_whole(garbage: bytes) -> None:
    parts, _ = read_to_error([DOCUMENT + NEXT + garbage])

    assert cuts(parts) == [False, True]


def test_bytes_before_any_document() -> None:
    with pytest.raises(InvalidMatroska, match="before any EBML header"):
        read(CLUSTER)


def test_nothing_is_no_fragment() -> None:
    assert read() == []
    assert read(b"") == []


def test_an_error_in_band() -> None:
    first, error = read(DOCUMENT + NOT_FOUND)

    assert keyframes(first)
    assert error == FragmentError(
        "91343852333181432392682062607743920146264427430", "FRAGMENT_NOT_FOUND", "error id 3000"
    )


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (b"", "no fragment number or time"),
        (mkv.tags({"AWS_KINESISVIDEO_FRAGMENT_NUMBER": "1"}), "no fragment number or time"),
        (service_tags("1", START).replace(b"1700000000.123", b"1700000000,123"), "expected decimal seconds"),
        (service_tags("1", START).replace(b"1700000000.123", b"9e999999999999"), "expected decimal seconds"),
        (service_tags("1", START).replace(b"1700000000.123", b"NaN           "), "expected decimal seconds"),
    ],
)
def test_a_document_without_usable_tags_stands_for_itself(tags: bytes, why: str) -> None:
    error, whole = read(HEAD + tags + CLUSTER + DOCUMENT)

    assert isinstance(error, FragmentError)
    assert error.code == "INVALID_DOCUMENT"
    assert why in error.message
    assert isinstance(whole, Fragment)


def test_both_spellings_of_the_times() -> None:
    (fragment,) = read(HEAD + service_tags("1", START, spelling="_SIDE") + CLUSTER)

    assert isinstance(fragment, Fragment)
    assert fragment.producer_time == fragment.server_time == from_millis(START)


@given(st.integers(0, 4_102_444_800_000))
def test_times_are_exact_to_the_millisecond(millis: int) -> None:
    (fragment,) = read(HEAD + service_tags("1", millis) + CLUSTER)

    assert isinstance(fragment, Fragment)
    assert fragment.producer_time == from_millis(millis)


@pytest.mark.parametrize(
    ("scale", "units", "expected"),
    [
        (1_000_000, 41, 41),
        (1_000_000, -100, -100),
        (100_000, 415, 41),
        (1_000_000_000, 2, 2000),
        (100, -1, -1),
    ],
)
def test_block_times_by_the_timecode_scale(scale: int, units: int, expected: int) -> None:
    info = element(ebml.INFO, element(ebml.TIMECODE_SCALE, uint_bytes(scale)))
    head = (
        HEAD[: HEAD.index(ebml.id_bytes(ebml.INFO))] + info + HEAD[HEAD.index(ebml.id_bytes(ebml.TRACKS)) :]
    )
    block = mkv.simple_block(1, units, b"x", keyframe=True)
    (fragment,) = read(head + service_tags("1", START) + mkv.cluster(0) + block)

    assert keyframes(fragment) == [(expected, b"x")]


def test_block_groups_without_a_reference_are_keyframes() -> None:
    key = element(ebml.BLOCK, b"\x81\x00\x05\x00key")
    inter = element(ebml.BLOCK, b"\x81\x00\x28\x00inter") + element(ebml.REFERENCE_BLOCK, b"\xd8")
    groups = (
        element(ebml.BLOCK_GROUP, key) + element(ebml.BLOCK_GROUP, inter) + element(ebml.BLOCK_GROUP, b"")
    )
    (fragment,) = read(HEAD + service_tags("1", START) + mkv.cluster(START) + groups)

    assert keyframes(fragment) == [(5, b"key")]


def test_audio_is_left_alone() -> None:
    audio = element(
        ebml.TRACK_ENTRY,
        element(ebml.TRACK_NUMBER, b"\x01")
        + element(ebml.TRACK_TYPE, b"\x02")
        + element(ebml.CODEC_ID, b"A_AAC"),
    )
    video = element(
        ebml.TRACK_ENTRY,
        element(ebml.TRACK_NUMBER, b"\x02")
        + element(ebml.TRACK_TYPE, b"\x01")
        + element(ebml.CODEC_ID, b"V_MPEG4/ISO/AVC\0"),
    )
    blocks = mkv.simple_block(1, 0, b"sound", keyframe=True) + mkv.simple_block(
        2, 3, b"picture", keyframe=True
    )
    for entries, expected in ((audio + video, [(3, b"picture")]), (audio, [])):
        head = element(ebml.EBML, b"") + ebml.unknown_size(ebml.SEGMENT) + element(ebml.TRACKS, entries)
        (fragment,) = read(head + service_tags("1", START) + mkv.cluster(START) + blocks)
        assert keyframes(fragment) == expected
        assert all(frame.track.codec_id == "V_MPEG4/ISO/AVC" for frame in fragment.keyframes)  # type: ignore[union-attr]  # keyframes() asserted it


@pytest.mark.parametrize("block", [b"", b"\x81", b"\x81\x00\x00", b"\x00\x00\x00\x80x", b"\x40"])
def test_blocks_that_are_none(block: bytes) -> None:
    with pytest.raises(InvalidMatroska, match="block"):
        read(DOCUMENT + element(ebml.SIMPLE_BLOCK, block))


def test_void_cues_end_of_fragment_and_the_producers_own_tags_are_tolerated() -> None:
    extras = (
        element(ebml.VOID, b"\0" * 9) + element(ebml.CUES, b"") + mkv.END_OF_FRAGMENT + mkv.tags({"a": "b"})
    )
    (fragment,) = read(HEAD + extras + service_tags("1", START) + CLUSTER + extras + GET_MEDIA_END)

    assert len(keyframes(fragment)) == 2


def test_what_amazons_producer_sends_is_read_to_its_last_keyframe() -> None:
    capture = Path(__file__).parents[4] / "shared" / "captures" / "putmedia-h264.mkv"
    if not capture.exists():
        pytest.skip("the captured PutMedia body is not there")
    body = capture.read_bytes()
    first = body.index(ebml.id_bytes(ebml.CLUSTER))
    clusters = body[first:].split(ebml.id_bytes(ebml.CLUSTER))[1:]
    documents = (
        body[:first] + service_tags(str(index), START + index * 1000) + ebml.id_bytes(ebml.CLUSTER) + cluster
        for index, cluster in enumerate(clusters)
    )
    fragments = list(read_fragments(documents))

    assert len(fragments) == 8
    for fragment in fragments:
        assert [offset for offset, _ in keyframes(fragment)] == [0]


def test_memory_is_bounded_by_a_fragment() -> None:
    def endless() -> Iterator[bytes]:
        for index in range(300):
            yield HEAD + service_tags(str(index), START + index) + mkv.cluster(0)
            for frame in range(10):
                yield mkv.simple_block(1, frame, bytes(10_000), keyframe=frame == 0)

    tracemalloc.start()
    count = sum(isinstance(part, Fragment) for part in read_fragments(endless()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 300
    assert peak < 1_000_000  # 30 MB went through


def test_getmedias_fragment_is_given_with_its_last_tag_not_with_the_next_document() -> None:
    arriving = read_fragments(chain([DOCUMENT, GET_MEDIA_END[:-1], GET_MEDIA_END[-1:]], forever()))

    found = next(arriving)

    assert isinstance(found, Fragment)
    assert (found.number, found.cut) == ("1", False)
    assert found.length == 80 * MILLISECOND


def forever() -> Iterator[bytes]:
    yield from ()
    raise AssertionError("asked for more than the fragment needs")
