import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.kvs.put_media.session import (
    FragmentCompleted,
    FragmentStarted,
    IngestEvent,
    IngestSession,
    SessionFailed,
)
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.limits import Limits
from ingest.kvs import ebml, mkv
from ingest.kvs.video import Track
from tests.infra.local.kvs.arbitrary_media import AUDIO, HEADER, START, TAGS, VIDEO, fragment

CAPTURE = Path(__file__).parents[6] / "shared" / "captures" / "putmedia-h264.mkv"
NOW = 1_795_393_020_000
LETTERS = {FragmentStarted: "B", FragmentCompleted: "C", SessionFailed: "F"}
"""One letter for each event."""


def session(origin_ms: int = 0, limits: Limits | None = None) -> IngestSession:
    numbers = (f"{number:047d}" for number in itertools.count(1))
    return IngestSession(origin_ms, limits or Limits(), lambda: next(numbers))


def outcome(
    body: bytes, *, origin_ms: int = 0, limits: Limits | None = None, end: bool = True
) -> list[IngestEvent]:
    connection = session(origin_ms, limits)
    return [*connection.feed(body, NOW), *(connection.end() if end else ())]


def completed(events: list[IngestEvent]) -> list[FragmentCompleted]:
    return [event for event in events if isinstance(event, FragmentCompleted)]


def failure(events: list[IngestEvent]) -> IngestError | None:
    failures = [event.error for event in events if isinstance(event, SessionFailed)]
    assert len(failures) <= 1
    return failures[0] if failures else None


def kinds(events: list[IngestEvent]) -> str:
    return "".join(LETTERS[type(event)] for event in events)


def test_a_fragment_begins_with_its_cluster_and_is_complete_at_the_next() -> None:
    connection = session()

    assert list(connection.feed(HEADER, NOW)) == []
    assert list(connection.feed(fragment(START), NOW)) == [FragmentStarted(START, f"{1:047d}")]
    assert kinds(list(connection.feed(fragment(START + 1000), NOW + 1))) == "CB"
    assert kinds(list(connection.end())) == "C"


def test_the_facts_of_a_fragment() -> None:
    trailing = mkv.tags({"shelf": "7"})
    first, second = completed(outcome(HEADER + fragment(START) + trailing + fragment(START + 1000, (0, 960))))

    assert (first.fragment.producer_ms, first.fragment.server_ms, first.fragment.length_ms) == (
        START,
        NOW,
        80,
    )
    assert (second.fragment.producer_ms, second.fragment.length_ms) == (START + 1000, 960)
    assert (first.media.header, first.media.cluster, first.media.trailing) == (
        HEADER,
        fragment(START),
        trailing,
    )
    assert second.media.trailing == b""


def test_relative_timecodes_count_from_the_start_and_are_acknowledged_as_sent() -> None:
    begun, done = outcome(HEADER + fragment(7), origin_ms=START)

    assert begun == FragmentStarted(7, f"{1:047d}")
    assert isinstance(done, FragmentCompleted)
    assert (done.timecode_ms, done.fragment.producer_ms) == (7, START + 7)


def test_only_the_first_fragment_keeps_all_that_came_before_it() -> None:
    void, tags = ebml.element(ebml.VOID, b"\0" * 20), mkv.tags({"ENCODER": "x"})
    body = HEADER + void + tags + fragment(START) + fragment(START + 1000)

    assert [fragment_event.media.header for fragment_event in completed(outcome(body))] == [
        HEADER + void + tags,
        HEADER,
    ]


def test_a_segment_of_known_size_becomes_one_of_unknown_size() -> None:
    head = ebml.element(ebml.EBML, b"")
    rest = HEADER[HEADER.index(b"\x18\x53\x80\x67") + 5 :]
    body = head + ebml.id_bytes(ebml.SEGMENT) + ebml.size_bytes(5000) + rest + fragment(START)

    assert completed(outcome(body))[0].media.header == head + ebml.unknown_size(ebml.SEGMENT) + rest


def test_a_cluster_of_known_size_is_kept_verbatim() -> None:
    inner = fragment(START)[5:]
    known = ebml.element(ebml.CLUSTER, inner)
    events = outcome(HEADER + known + ebml.element(ebml.CUES, b"") + mkv.tags({"a": "b"}) + known[:0])

    assert kinds(events) == "BC"
    assert completed(events)[0].media.cluster == known
    assert completed(events)[0].media.trailing == ebml.element(ebml.CUES, b"") + mkv.tags({"a": "b"})


def test_negative_block_times_are_legal() -> None:
    (done,) = completed(outcome(HEADER + fragment(START, (0, -100, 40))))

    assert (done.fragment.producer_ms, done.fragment.length_ms) == (START, 40)


def test_a_single_frame_has_no_length() -> None:
    assert completed(outcome(HEADER + fragment(START, (0,))))[0].fragment.length_ms == 0


def test_other_timecode_scales() -> None:
    slow = HEADER.replace(
        ebml.element(ebml.TIMECODE_SCALE, ebml.uint_bytes(1_000_000)),
        ebml.element(ebml.TIMECODE_SCALE, ebml.uint_bytes(2_000_000)),
    )
    (done,) = completed(outcome(slow + fragment(1000, (0, 40))))

    assert (done.timecode_ms, done.fragment.length_ms) == (2000, 80)


def test_end_of_fragment_completes_at_once_and_what_follows_it_is_dropped() -> None:
    connection = session()
    list(connection.feed(HEADER, NOW))
    events = list(connection.feed(fragment(START) + mkv.END_OF_FRAGMENT, NOW))

    assert kinds(events) == "BC"
    assert completed(events)[0].media.trailing == b""
    assert list(connection.feed(mkv.tags({"late": "1"}), NOW)) == []
    assert kinds(list(connection.feed(fragment(START + 1000), NOW))) == "B"
    assert kinds(list(connection.end())) == "C"


def test_a_body_that_stops_leaves_its_last_fragment_incomplete() -> None:
    assert kinds(outcome(HEADER + fragment(START) + fragment(START + 1000), end=False)) == "BCB"


def test_an_empty_body_has_no_events() -> None:
    assert outcome(b"") == outcome(HEADER) == []


def test_two_tracks() -> None:
    header = mkv.header([VIDEO, AUDIO])
    both = fragment(START) + mkv.simple_block(2, 10, b"a", keyframe=True)

    assert kinds(outcome(header + both)) == "BC"
    assert failure(outcome(header + fragment(START))) == IngestError.FRAMES_MISSING_FOR_TRACK


BLOCK_GROUP = ebml.element(ebml.BLOCK_GROUP, ebml.element(ebml.BLOCK, b"\x81\0\x50\0frame"))


def test_block_groups_are_blocks() -> None:
    (done,) = completed(outcome(HEADER + fragment(START, (0,)) + BLOCK_GROUP))

    assert done.fragment.length_ms == 80


NINE = {f"name{number}": "v" for number in range(9)}
TEN = {**NINE, "name9": "v"}
INFO_SCALE = ebml.element(ebml.TIMECODE_SCALE, ebml.uint_bytes(1_000_000))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(
            HEADER + fragment(START) + fragment(START), "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS", id="same"
        ),
        pytest.param(
            HEADER + fragment(START) + fragment(START + 80),
            "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS",
            id="touching",
        ),
        pytest.param(
            HEADER + fragment(START) + fragment(START + 100, (0, -30)),
            "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS",
            id="negative block into the fragment before",
        ),
        pytest.param(HEADER + fragment(START, (0, 20_001)), "MAX_FRAGMENT_DURATION_REACHED", id="long"),
        pytest.param(HEADER + fragment(2**62), "INVALID_PRODUCER_TIMESTAMP", id="beyond the year 9999"),
        pytest.param(b"GET / HTTP/1.1", "INVALID_MKV_DATA", id="garbage"),
        pytest.param(b"\0" * 40, "INVALID_MKV_DATA", id="zeros"),
        pytest.param(fragment(START), "INVALID_MKV_DATA", id="no header"),
        pytest.param(mkv.header([]) + fragment(START), "INVALID_MKV_DATA", id="no track"),
        pytest.param(mkv.document_head() + fragment(START), "INVALID_MKV_DATA", id="no Tracks"),
        pytest.param(HEADER + HEADER, "INVALID_MKV_DATA", id="two headers"),
        pytest.param(HEADER + fragment(START) + HEADER, "INVALID_MKV_DATA", id="a second document"),
        pytest.param(
            HEADER + mkv.cluster(START) + mkv.cluster(START)[5:], "INVALID_MKV_DATA", id="two Timecodes"
        ),
        pytest.param(
            HEADER + ebml.unknown_size(ebml.CLUSTER) + mkv.simple_block(1, 0, b"", keyframe=True),
            "INVALID_MKV_DATA",
            id="a block before the Timecode",
        ),
        pytest.param(
            HEADER + mkv.cluster(START) + ebml.element(ebml.SIMPLE_BLOCK, b"\x81\0"),
            "INVALID_MKV_DATA",
            id="no block",
        ),
        pytest.param(
            HEADER
            + ebml.element(ebml.CLUSTER, fragment(START)[5:])
            + mkv.simple_block(1, 0, b"", keyframe=True),
            "INVALID_MKV_DATA",
            id="a block behind a cluster of known size",
        ),
        pytest.param(
            HEADER + fragment(START) + mkv.tags({"a": "b"}) + mkv.simple_block(1, 90, b"", keyframe=True),
            "INVALID_MKV_DATA",
            id="a block behind the tags",
        ),
        pytest.param(
            HEADER.replace(INFO_SCALE, ebml.element(ebml.TIMECODE_SCALE, b"\x63")),
            "INVALID_MKV_DATA",
            id="99 ns",
        ),
        pytest.param(HEADER + fragment(START)[:-1], "INVALID_MKV_DATA", id="clean end inside a block"),
        pytest.param(
            HEADER + fragment(START) + mkv.tags({**TEN, "x": ""}), "FRAGMENT_METADATA_LIMIT_REACHED", id="11"
        ),
        pytest.param(
            HEADER + fragment(START) + mkv.tags(TEN) + mkv.END_OF_FRAGMENT,
            "FRAGMENT_METADATA_LIMIT_REACHED",
            id="10 and the end of fragment",
        ),
        pytest.param(
            HEADER + mkv.tags({**TEN, "x": ""}) + fragment(START),
            "FRAGMENT_METADATA_LIMIT_REACHED",
            id="11 in header",
        ),
        pytest.param(
            HEADER + fragment(START) + mkv.tags({"n" * 129: ""}),
            "FRAGMENT_METADATA_LIMIT_REACHED",
            id="long name",
        ),
        pytest.param(
            HEADER + fragment(START) + mkv.tags({"n": "v" * 257}),
            "FRAGMENT_METADATA_LIMIT_REACHED",
            id="long value",
        ),
        pytest.param(
            HEADER + fragment(START) + mkv.tags({"AWS_MINE": ""}),
            "FRAGMENT_METADATA_LIMIT_REACHED",
            id="AWS's names",
        ),
        pytest.param(HEADER + fragment(START, track=3), "TRACK_NUMBER_MISMATCH", id="undeclared track"),
        pytest.param(HEADER + mkv.cluster(START), "FRAMES_MISSING_FOR_TRACK", id="empty cluster"),
        pytest.param(
            mkv.header([Track(number, "A_AAC", b"", 0, 0) for number in range(1, 5)]),
            "MORE_THAN_ALLOWED_TRACKS_FOUND",
            id="four tracks",
        ),
    ],
)
def test_what_breaks_a_rule_is_an_error_with_its_id(body: bytes, error: str) -> None:
    events = outcome(body)

    assert failure(events) == IngestError[error]
    assert isinstance(events[-1], SessionFailed)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            HEADER + fragment(START) + mkv.tags(NINE) + mkv.END_OF_FRAGMENT, id="the end of fragment too"
        ),
        pytest.param(HEADER + mkv.tags(TEN) + fragment(START) + mkv.tags(TEN), id="before and behind"),
        pytest.param(
            HEADER + 2 * (mkv.tags(NINE) + mkv.END_OF_FRAGMENT) + fragment(START) + mkv.tags(TEN),
            id="of fragments given up, then of the one that came",
        ),
    ],
)
def test_ten_tags_are_allowed(body: bytes) -> None:
    assert kinds(outcome(body)) == "BC"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(TAGS + mkv.END_OF_FRAGMENT, TAGS, id="on its own"),
        pytest.param(
            mkv.tags({"shelf": "7", "AWS_KINESISVIDEO_END_OF_FRAGMENT": ""}), TAGS, id="beside another"
        ),
    ],
)
def test_the_end_of_fragment_is_not_stored(sent: bytes, kept: bytes) -> None:
    first, second = completed(outcome(HEADER + sent + fragment(START) + sent + fragment(START + 1000) + TAGS))

    assert (first.media.header, first.media.trailing) == (HEADER + kept, kept)
    assert (second.media.header, second.media.trailing) == (HEADER, TAGS)


def test_the_size_limit_counts_cluster_and_trailing_elements() -> None:
    limits = Limits(fragment_bytes=1000)

    assert failure(outcome(HEADER + fragment(START, (0,), size=900), limits=limits)) is None
    too_long = HEADER + fragment(START, (0,), size=900) + mkv.tags({"n" * 100: "v" * 100})
    assert failure(outcome(too_long, limits=limits)) == IngestError.MAX_FRAGMENT_SIZE_REACHED


def test_an_error_names_its_fragment_and_ends_the_session() -> None:
    connection = session()
    events = list(connection.feed(HEADER + fragment(START, track=3) + fragment(START + 1000), NOW))

    assert events == [
        FragmentStarted(START, f"{1:047d}"),
        SessionFailed(IngestError.TRACK_NUMBER_MISMATCH, START, f"{1:047d}"),
    ]
    assert [*connection.feed(fragment(START + 2000), NOW), *connection.end()] == []


BODY = HEADER + fragment(START) + mkv.tags({"a": "b"}) + fragment(START + 1000) + mkv.END_OF_FRAGMENT


def pieces(body: bytes, cuts: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted(cuts), len(body)]
    return (body[start:end] for start, end in itertools.pairwise(edges))


@given(st.lists(st.integers(0, len(BODY)), max_size=30))
def test_any_split_of_the_body_gives_the_same_outcome(cuts: list[int]) -> None:
    connection = session()

    assert [event for piece in pieces(BODY, cuts) for event in connection.feed(piece, NOW)] == outcome(
        BODY, end=False
    )


def test_a_body_cut_at_any_byte_never_completes_what_it_did_not_send() -> None:
    whole = completed(outcome(BODY))
    for length in range(len(BODY)):
        cut = completed(outcome(BODY[:length], end=False))
        assert cut == whole[: len(cut)]
        assert len(completed(outcome(BODY[:length]))) <= 2


@pytest.mark.skipif(not CAPTURE.exists(), reason="the captured PutMedia body is not there")
def test_a_captured_body_cut_anywhere_completes_just_the_fragments_before_the_cut() -> None:
    body = CAPTURE.read_bytes()
    whole = completed(outcome(body))
    assert len(whole) == 8
    for length in range(0, len(body), 4999):
        cut = completed(outcome(body[:length], end=False))
        assert cut == whole[: len(cut)]
        sent = sum(len(fragment_event.media.cluster) for fragment_event in whole[: len(cut) + 1])
        assert length <= sent + len(HEADER) + 1000


@settings(max_examples=300)
@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_no_corrupt_byte_does_more_than_fail(position: int, value: int) -> None:
    body = BODY[:position] + bytes([value]) + BODY[position + 1 :]

    events = outcome(body)

    assert all(isinstance(event, FragmentStarted | FragmentCompleted) for event in events[:-1])
