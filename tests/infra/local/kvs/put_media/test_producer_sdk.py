"""Amazon's own producer as a client: what it sends and how it reacts, row by row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.kvs import ebml, mkv
from tests.infra.local.kvs.arbitrary_media import AUDIO, HEADER, START, VIDEO, fragment
from tests.infra.local.kvs.conftest import Clock
from tests.infra.local.kvs.raw import EMPTY_HASH, RawCall, RawPutMedia
from tests.infra.local.kvs.talk import (
    STORED,
    Step,
    connects,
    cuts,
    finishes,
    hears_nothing,
    hears_the_end,
    is_cut,
    is_told,
    play,
    sends,
    stored,
    waits,
)

CAPTURE = Path(__file__).parents[6] / "shared" / "captures" / "putmedia-h264.mkv"
ENDED = mkv.END_OF_FRAGMENT
LAST = HEADER + fragment(START) + ENDED
ABSOLUTE, RELATIVE = "ABSOLUTE", "RELATIVE"


@pytest.fixture
def kvs(serve: Callable[..., KvsServer]) -> KvsServer:
    server = serve()
    create(server)
    return server


def create(kvs: KvsServer, hours: int = 2) -> None:
    control = boto3.client("kinesisvideo", endpoint_url=kvs.url)
    control.create_stream(StreamName="entrance", DataRetentionInHours=hours)


def wide(element_id: int, payload: bytes) -> bytes:
    """An element with an eight-byte size, as the SDK writes it."""
    return ebml.id_bytes(element_id) + b"\x01" + len(payload).to_bytes(7, "big") + payload


def sdk_block(track: int, relative_ms: int, flags: int) -> bytes:
    head = bytes([0x80 | track]) + relative_ms.to_bytes(2, "big", signed=True) + bytes([flags])
    return wide(ebml.SIMPLE_BLOCK, head + b"\0\0\0\x02\x65\x88")


def sdk_cluster(timecode_ms: int, *blocks: bytes) -> bytes:
    timecode = ebml.element(ebml.TIMECODE, ebml.uint_bytes(timecode_ms, 8))
    position = ebml.element(ebml.POSITION, b"\0")
    return ebml.unknown_size(ebml.CLUSTER) + timecode + position + b"".join(blocks)


def sdk_tags(*pairs: tuple[str, str]) -> bytes:
    return b"".join(
        wide(
            ebml.TAGS,
            wide(
                ebml.TAG,
                wide(
                    ebml.SIMPLE_TAG,
                    wide(ebml.TAG_NAME, name.encode()) + wide(ebml.TAG_STRING, value.encode()),
                ),
            ),
        )
        for name, value in pairs
    )


SDK_END = sdk_tags(("AWS_KINESISVIDEO_END_OF_FRAGMENT", ""))
TEST_TAGS = sdk_tags(*((f"TEST_KEY_{n}", f"TEST_VALUE_{n}") for n in range(9)))
TEN_TAGS = TEST_TAGS + sdk_tags(("TEST_KEY_9", "TEST_VALUE_9"))
TWO_FRAMES = (sdk_block(1, 0, 0x80), sdk_block(1, 40, 0))
INTERLEAVED = (sdk_block(1, 0, 0x80), sdk_block(2, 10, 0x80), sdk_block(1, 40, 0), sdk_block(2, 33, 0x80))
AFTER_ERROR = fragment(START + 2000)[:-60]

CASES: dict[str, tuple[list[Fault], list[Step], list[int]]] = {
    "a normal stop waits for PERSISTED of the last fragment before it ends the body": (
        [],
        [connects(), sends(LAST), is_told(*STORED), finishes(), hears_the_end()],
        [0],
    ),
    "without acknowledgements the end of fragment and the end of the body come at once": (
        [],
        [
            connects(headers={"x-amzn-fragment-acknowledgment-required": "0"}),
            sends(LAST),
            finishes(),
            hears_the_end(*STORED),
        ],
        [0],
    ),
    "the response comes while the request goes on": (
        [],
        [connects(), hears_nothing(), sends(LAST), is_told(*STORED)],
        [0],
    ),
    "TCP dropped in mid-fragment: the fragment comes again whole, with the same timecode": (
        [Fault(FaultKind.DROP, fragment=2)],
        [
            connects(),
            sends(HEADER + fragment(START) + fragment(START + 1000)[:-60]),
            is_told(*STORED, "BUFFERING"),
            is_cut(),
            connects("again"),
            sends(HEADER + fragment(START + 1000) + ENDED, "again"),
            is_told(*STORED, who="again"),
        ],
        [0, 1000],
    ),
    "ERROR 5000: a clean end in mid-fragment, the failed and the partial fragment again": (
        [Fault(FaultKind.ERROR_ACK, error_id=5000, fragment=2)],
        [
            connects(),
            sends(HEADER + fragment(START) + fragment(START + 1000) + ENDED + AFTER_ERROR),
            is_told(*STORED, "BUFFERING", 5000),
            finishes(),
            hears_the_end(),
            connects("again"),
            sends(HEADER + fragment(START + 1000) + fragment(START + 2000) + ENDED, "again"),
            is_told(*STORED, *STORED, who="again"),
        ],
        [0, 1000, 2000],
    ),
    "ERROR 4006: the same, but the failed fragment is left out": (
        [Fault(FaultKind.ERROR_ACK, error_id=4006, fragment=2)],
        [
            connects(),
            sends(HEADER + fragment(START) + fragment(START + 1000) + ENDED + AFTER_ERROR),
            is_told(*STORED, "BUFFERING", 4006),
            finishes(),
            hears_the_end(),
            connects("again"),
            sends(HEADER + fragment(START + 2000) + ENDED, "again"),
            is_told(*STORED, who="again"),
        ],
        [0, 2000],
    ),
    "no acknowledgements at all: it reconnects and replays, and duplicates are stored": (
        [Fault(FaultKind.WITHHOLD, times=6)],
        [
            connects(),
            sends(HEADER + fragment(START) + fragment(START + 1000) + ENDED),
            hears_nothing(),
            cuts(),
            connects("again"),
            sends(HEADER + fragment(START) + fragment(START + 1000) + ENDED, "again"),
            is_told(*STORED, *STORED, who="again"),
        ],
        [0, 0, 1000, 1000],
    ),
    **{
        f"HTTP {status} once: PutMedia again": (
            [Fault(FaultKind.ERROR, api="PutMedia", error=error)],
            [
                connects("refused", status=status),
                connects(),
                sends(LAST),
                is_told(*STORED),
            ],
            [0],
        )
        for status, error in [
            (400, "InvalidArgumentException"),
            (403, "AccessDeniedException"),
            (404, "ResourceNotFoundException"),
            (500, "InternalFailure"),
            (503, "ServiceUnavailable"),
        ]
    },
    "credentials expire: a second connection stands idle while the first one ends": (
        [],
        [
            connects(),
            sends(HEADER + fragment(START)),
            is_told("BUFFERING"),
            connects("next", {"x-amz-security-token": "renewed"}),
            waits(4.2),
            hears_nothing("next"),
            sends(ENDED),
            is_told("RECEIVED", "PERSISTED"),
            finishes(),
            hears_the_end(),
            sends(HEADER + fragment(START + 1000) + ENDED, "next"),
            is_told(*STORED, who="next"),
        ],
        [0, 1000],
    ),
    "the source stalls: an end of fragment after 21 s, the connection stays and goes on": (
        [],
        [
            connects(),
            sends(HEADER + fragment(START)),
            is_told("BUFFERING"),
            waits(21),
            sends(ENDED),
            is_told("RECEIVED", "PERSISTED"),
            waits(21),
            sends(fragment(START + 42_000) + ENDED),
            is_told(*STORED),
        ],
        [0, 42_000],
    ),
    "silence: IDLE, and the end of the connection": (
        [],
        [connects(), sends(LAST), is_told(*STORED), waits(31), hears_the_end("IDLE")],
        [0],
    ),
    "a crash: the body ends without end of fragment and without terminating chunk": (
        [],
        [
            connects(),
            sends(HEADER + fragment(START) + fragment(START + 1000)),
            is_told(*STORED, "BUFFERING"),
            cuts(),
        ],
        [0],
    ),
    "low speed: after 30 s below 30 bytes a second the client gives the connection up": (
        [],
        [
            connects(),
            sends(HEADER + fragment(START)[:-40]),
            is_told("BUFFERING"),
            *(step for at in (40, 30, 20) for step in (waits(9), sends(fragment(START)[-at : 10 - at]))),
            cuts(),
            connects("again"),
            sends(LAST, "again"),
            is_told(*STORED, who="again"),
        ],
        [0],
    ),
    "a reconnect after an end of fragment calls PutMedia alone, with a header of its own": (
        [],
        [
            connects(),
            sends(LAST),
            finishes(),
            hears_the_end(*STORED),
            connects("again"),
            sends(mkv.header([VIDEO]) + fragment(START + 1000) + ENDED, "again"),
            is_told(*STORED, who="again"),
        ],
        [0, 1000],
    ),
    "ABSOLUTE timecodes older than the start timestamp": (
        [],
        [
            connects(headers={"x-amzn-producer-start-timestamp": f"{START // 1000 + 7}.5"}),
            sends(LAST),
            is_told(*STORED),
        ],
        [0],
    ),
    "RELATIVE timecodes from a start whose milliseconds are not padded": (
        [],
        [
            connects(
                headers={
                    "x-amzn-fragment-timecode-type": RELATIVE,
                    "x-amzn-producer-start-timestamp": f"{START // 1000}.16",
                }
            ),
            sends(HEADER + fragment(0) + ENDED),
            is_told(*STORED),
        ],
        [16 - START % 1000],
    ),
    "sizes of eight bytes, a Position, end of fragment in eight-byte sizes": (
        [],
        [connects(), sends(HEADER + sdk_cluster(START, *TWO_FRAMES) + SDK_END), is_told(*STORED)],
        [0],
    ),
    "nine Tags elements and an end of fragment behind every cluster": (
        [],
        [
            connects(),
            sends(HEADER),
            sends(sdk_cluster(START, *TWO_FRAMES) + TEST_TAGS + SDK_END),
            sends(sdk_cluster(START + 1000, *TWO_FRAMES) + TEST_TAGS + SDK_END),
            is_told(*STORED, *STORED),
        ],
        [0, 1000],
    ),
    "ERROR 4006 where fragments have tags: the next connection begins with those of the one left out": (
        [Fault(FaultKind.ERROR_ACK, error_id=4006, times=2)],
        [
            connects(),
            sends(HEADER + sdk_cluster(START, *TWO_FRAMES) + TEST_TAGS + SDK_END),
            is_told("BUFFERING", 4006),
            connects("again"),
            sends(HEADER + TEST_TAGS + SDK_END, "again"),
            sends(sdk_cluster(START + 1000, *TWO_FRAMES) + TEST_TAGS + SDK_END, "again"),
            is_told("BUFFERING", 4006, who="again"),
            connects("third"),
            sends(HEADER + 2 * (TEST_TAGS + SDK_END), "third"),
            sends(sdk_cluster(START + 2000, *TWO_FRAMES) + TEST_TAGS + SDK_END, "third"),
            is_told(*STORED, who="third"),
        ],
        [2000],
    ),
    "samples of 1.5.2 to 1.5.4: ten tags before each cluster, the first one too": (
        [],
        [
            connects(),
            sends(HEADER + TEN_TAGS + sdk_cluster(START, *TWO_FRAMES)),
            sends(TEN_TAGS + sdk_cluster(START + 1000, *TWO_FRAMES)),
            is_told(*STORED, "BUFFERING"),
            finishes(),
            hears_the_end("RECEIVED", "PERSISTED"),
        ],
        [0, 1000],
    ),
    "audio and video interleaved": (
        [],
        [
            connects(),
            sends(mkv.header([VIDEO, AUDIO]) + sdk_cluster(START, *INTERLEAVED) + SDK_END),
            is_told(*STORED),
        ],
        [0],
    ),
    "a chunk for each byte": (
        [],
        [connects(), sends(LAST, chunk=1), is_told(*STORED)],
        [0],
    ),
}


@pytest.mark.parametrize(("faults", "steps", "kept"), CASES.values(), ids=list(CASES))
def test_what_the_producer_does(
    kvs: KvsServer, clock: Clock, faults: list[Fault], steps: list[Step], kept: list[int]
) -> None:
    for fault in faults:
        kvs.faults.add(fault)

    play(kvs, clock, steps)

    assert stored(kvs) == kept
    assert all(kvs.faults.struck.values())


def test_without_retention_the_end_comes_without_persisted(
    serve: Callable[..., KvsServer], clock: Clock
) -> None:
    kvs = serve()
    create(kvs, hours=0)

    play(kvs, clock, [connects(), sends(LAST), is_told("BUFFERING", "RECEIVED"), finishes(), hears_the_end()])

    assert stored(kvs) == []


@pytest.mark.skipif(not CAPTURE.exists(), reason="the captured PutMedia body is not there")
def test_a_captured_body_is_stored_whole(kvs: KvsServer, clock: Clock) -> None:
    play(
        kvs,
        clock,
        [connects(), sends(CAPTURE.read_bytes()), is_told(*STORED * 8), finishes(), hears_the_end()],
    )

    assert len(stored(kvs)) == 8


@pytest.mark.parametrize("timecodes", [ABSOLUTE, RELATIVE])
def test_its_acknowledgement_parser_reads_every_acknowledgement(
    kvs: KvsServer, clock: Clock, timecodes: str
) -> None:
    """The JSON parser of the SDK accepts strings and numbers, but not true, false and null."""
    kvs.faults.add(Fault(FaultKind.ERROR_ACK, error_id=5000, fragment=3))
    with RawPutMedia(kvs.url, {"x-amzn-fragment-timecode-type": timecodes}) as connection:
        connection.read_head()
        connection.send(HEADER + b"".join(fragment(time) for time in (1000, 2000, 3000, 4000)))
        raw = connection.read_response()
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        clock.offset += 31
        idle = list(acks)

    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    acks_read = [json.loads(line) for line in lines]
    assert all(len(line) <= 1024 for line in lines)
    assert [ack["EventType"] for ack in acks_read] == [*STORED, *STORED, "BUFFERING", "ERROR"]
    assert idle == [{"EventType": "IDLE"}]
    for ack in acks_read:
        assert {type(value) for value in ack.values()} <= {str, int}
        assert type(ack["FragmentNumber"]) is str
        assert type(ack["FragmentTimecode"]) is int
    assert [ack["FragmentTimecode"] for ack in acks_read] == [1000] * 3 + [2000] * 3 + [3000] * 2
    assert (type(acks_read[-1]["ErrorId"]), type(acks_read[-1]["ErrorCode"])) == (int, str)


def call(kvs: KvsServer, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A control-plane call as the SDK makes it: on a new connection, with tabs and newlines in the JSON."""
    text = json.dumps(body, indent="\t").encode()
    with RawCall(kvs.url, path, text, {"connection": "close"}) as connection:
        head, _, answer = connection.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(answer)


def test_the_calls_of_its_start_each_on_a_new_connection(serve: Callable[..., KvsServer]) -> None:
    kvs = serve()
    name = {"StreamName": "entrance"}
    created = {
        "DeviceName": "Kinesis_Video_Device",
        **name,
        "MediaType": "video/h264",
        "DataRetentionInHours": 2,
    }

    assert call(kvs, "/describeStream", name)[0] == 404
    status, answer = call(kvs, "/createStream", created)
    assert status == 200
    assert call(kvs, "/tagStream", {"StreamARN": answer["StreamARN"], "Tags": {"a": "b"}}) == (200, {})
    status, described = call(kvs, "/describeStream", name)
    assert (status, set(described)) == (200, {"StreamInfo"})
    info = described["StreamInfo"]
    assert {key: info[key] for key in created} == created
    assert {"KmsKeyId", "StreamARN", "Version", "Status"} <= set(info)
    assert call(kvs, "/getDataEndpoint", {**name, "APIName": "PUT_MEDIA"}) == (200, {"DataEndpoint": kvs.url})


SIGNED = "connection;host;transfer-encoding;user-agent;x-amz-date;x-amzn-fragment-acknowledgment-required;"
SIGNED += "x-amzn-fragment-timecode-type;x-amzn-producer-start-timestamp;x-amzn-stream-name"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="Host without its port, hop-by-hop headers signed, sha256 of nothing"),
        pytest.param({"x-amz-security-token": "a/b+c="}, id="the security token is not signed"),
        pytest.param({"Accept": "*/*", "Expect": "100-continue"}, id="Expect is not signed"),
        pytest.param({"content-type": "text/plain"}, id="Content-Type is not signed"),
    ],
)
def test_peculiarities_of_its_signature(kvs: KvsServer, headers: dict[str, str]) -> None:
    with RawPutMedia(kvs.url, headers) as connection:
        signed = connection.authorization.partition("SignedHeaders=")[2].partition(",")[0]
        assert set(SIGNED.split(";")) <= set(signed.split(";"))
        assert not set(signed.split(";")) & {"content-type", "x-amz-security-token", "expect"}
        assert ", SignedHeaders=" in connection.authorization
        assert ", Signature=" in connection.authorization
        if "Expect" in headers:
            assert connection.read_continue() == "HTTP/1.1 100 Continue"
        assert connection.read_head()[0] == 200


def test_a_body_hash_header_is_not_needed(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url, payload_hash=EMPTY_HASH) as connection:
        assert "x-amz-content-sha256" not in connection.authorization
        assert connection.read_head()[0] == 200
