import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import av
import boto3
import pytest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from infra.local.wire.signature import EMPTY_HASH, SignedRequest, Verifier
from ingest.kvs import ebml, mkv
from ingest.kvs.put_media import (
    Ack,
    AckParser,
    ConnectionLimitExceeded,
    InvalidAcknowledgement,
    InvalidArgument,
    NotAuthorized,
    PutMediaRefused,
    PutMediaTarget,
    ResourceNotFound,
    put_media,
    refusal,
    signed_headers,
)
from ingest.kvs.video import Track

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient

CAPTURE = Path(__file__).parents[4] / "shared" / "captures" / "putmedia-h264.mkv"
START = 1_795_393_011_685
HEADER = mkv.header([Track(1, "V_MPEG4/ISO/AVC", b"\x01\x64", 640, 360)])
TESTING = ReadOnlyCredentials("testing", "testing", None)


def fragment(timecode_ms: int) -> bytes:
    return mkv.cluster(timecode_ms) + mkv.simple_block(1, 0, b"frame", keyframe=True)


@pytest.fixture
def kvs(monkeypatch: pytest.MonkeyPatch) -> Iterator[KvsServer]:
    with KvsServer({"testing": "testing"}, limits=Limits(connections=1)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", server.url)
        boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=24)
        yield server


@pytest.fixture
def target(kvs: KvsServer) -> PutMediaTarget:
    return PutMediaTarget(kvs.url, "entrance", "us-east-1", TESTING)


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


async def send(target: PutMediaTarget, body: AsyncIterator[bytes]) -> list[Ack]:
    async with aiohttp.ClientSession() as session:
        return [ack async for ack in put_media(session, target, body)]


def put(target: PutMediaTarget, *data: bytes) -> list[Ack]:
    return asyncio.run(send(target, pieces(*data)))


def test_three_acknowledgements_for_a_fragment(target: PutMediaTarget) -> None:
    acks = put(target, HEADER, fragment(START), mkv.END_OF_FRAGMENT)

    number = acks[0].fragment_number
    assert acks == [Ack(kind, START, number) for kind in ("BUFFERING", "RECEIVED", "PERSISTED")]


def test_acknowledgements_come_while_the_body_is_being_sent(target: PutMediaTarget) -> None:
    async def conversation() -> list[str]:
        heard: list[str] = []
        persisted = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield HEADER + fragment(START) + mkv.END_OF_FRAGMENT
            await persisted.wait()  # it would wait for ever if acknowledgements came only after the body
            yield fragment(START + 1000)

        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            async for ack in put_media(session, target, body()):
                heard.append(ack.event_type)
                if ack.event_type == "PERSISTED":
                    persisted.set()
        return heard

    assert asyncio.run(conversation()) == ["BUFFERING", "RECEIVED", "PERSISTED"] * 2


def test_an_error_ends_the_sending_of_an_endless_body(target: PutMediaTarget) -> None:
    ended = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield HEADER + fragment(START) + fragment(START)
            while True:
                yield fragment(START + 1000)
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    *_, last = asyncio.run(send(target, endless()))

    assert (last.event_type, last.error_id) == ("ERROR", 4004)
    assert last.error_code == "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS"
    assert ended == [True]


def test_a_caller_who_stops_listening_ends_the_connection(target: PutMediaTarget) -> None:
    async def first_ack() -> str:
        async def endless() -> AsyncIterator[bytes]:
            yield HEADER
            for number in range(100_000):
                yield fragment(START + 1000 * number)
                await asyncio.sleep(0)

        async with aiohttp.ClientSession() as session:
            acks = put_media(session, target, endless())
            async for ack in acks:
                await acks.aclose()
                return ack.event_type
        return "none"

    assert asyncio.run(first_ack()) == "BUFFERING"


def test_a_body_that_fails_is_the_callers_error(target: PutMediaTarget) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield HEADER + fragment(START)
        raise OSError("the camera is gone")

    with pytest.raises((aiohttp.ClientError, OSError)):
        asyncio.run(send(target, broken()))


def test_relative_timecodes_come_back_as_sent(kvs: KvsServer) -> None:
    start = datetime(2026, 11, 23, 12, 0, 0, 5000, tzinfo=UTC)
    target = PutMediaTarget(kvs.url, "entrance", "us-east-1", TESTING, "RELATIVE", start)

    acks = put(target, HEADER + fragment(40))

    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    (stored,) = client.list_fragments(StreamName="entrance")["Fragments"]
    assert {ack.fragment_timecode for ack in acks} == {40}
    assert stored["ProducerTimestamp"] == start.replace(microsecond=45_000)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"stream_name": "exit"}, ResourceNotFound),
        ({"credentials": ReadOnlyCredentials("testing", "wrong", None)}, NotAuthorized),
        ({"credentials": ReadOnlyCredentials("nobody", "testing", None)}, NotAuthorized),
        ({"region": "eu-west-1"}, NotAuthorized),
        ({"timecode_type": "RELATIVE"}, InvalidArgument),
    ],
)
def test_refusals_are_named(kvs: KvsServer, changes: dict[str, str], error: type[PutMediaRefused]) -> None:
    settings = {"stream_name": "entrance", "region": "us-east-1", "credentials": TESTING, **changes}
    target = PutMediaTarget(kvs.url, **settings)  # type: ignore[arg-type] # the table above varies every field

    with pytest.raises(error, match=r"^PutMedia was refused with \w+Exception \d{3}$"):
        put(target, HEADER)


def test_a_refusal_comes_before_an_endless_body_has_ended(target: PutMediaTarget) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield HEADER
        while True:
            yield b"more"
            await asyncio.sleep(0)

    with pytest.raises(ResourceNotFound, match="refused with ResourceNotFoundException 404"):
        asyncio.run(send(replace(target, stream_name="exit"), endless()))


def test_one_connection_too_many(target: PutMediaTarget) -> None:
    async def two() -> None:
        async def held() -> AsyncIterator[bytes]:
            yield HEADER + fragment(START)
            await asyncio.Event().wait()

        async with aiohttp.ClientSession() as session:
            first = put_media(session, target, held())
            await anext(first)
            try:
                await anext(put_media(session, target, pieces(HEADER)))
            finally:
                await first.aclose()

    with pytest.raises(ConnectionLimitExceeded):
        asyncio.run(two())


def test_nobody_there() -> None:
    target = PutMediaTarget("http://127.0.0.1:1", "entrance", "us-east-1", TESTING)

    with pytest.raises(aiohttp.ClientConnectionError):
        put(target, HEADER)


def test_the_signature_covers_host_date_token_and_every_amzn_header() -> None:
    credentials = ReadOnlyCredentials("AKID", "the-secret", "the-token")
    start = datetime(2026, 11, 23, 12, 0, 0, 5000, tzinfo=UTC)
    target = PutMediaTarget("http://127.0.0.1:8080/", "entrance", "us-east-1", credentials, "RELATIVE", start)

    headers = signed_headers("http://127.0.0.1:8080/putMedia", target)

    assert headers["x-amzn-producer-start-timestamp"] == "1795435200.005"
    assert (
        "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amzn-fragment-acknowledgment-required;"
        "x-amzn-fragment-timecode-type;x-amzn-producer-start-timestamp;x-amzn-stream-name,"
    ) in headers["Authorization"]
    assert "the-secret" not in str(headers)
    sent = [("Host", "127.0.0.1:8080"), *headers.items()]
    now = datetime.now(UTC).timestamp()
    Verifier({"AKID": "the-secret"}, "us-east-1").verify(
        SignedRequest("POST", "/putMedia", "", sent, [EMPTY_HASH]), now
    )


ACKS = (
    b'{"EventType":"BUFFERING","FragmentTimecode":1673627041807,"FragmentNumber":"913438"}\r\n'
    b'\n { "FragmentNumber" : "913438", "New" : {"a": [1]},\n "EventType":"RECEIVED", "FragmentTimecode":1 }'
    b'{"EventType":"IDLE"}'
    b'{"EventType":"ERROR","ErrorId":4006,"ErrorCode":"INVALID_MKV_DATA"}\n'
)


@given(st.lists(st.integers(0, len(ACKS)), max_size=20))
def test_acknowledgements_split_and_spaced_as_they_please(cuts: list[int]) -> None:
    parser = AckParser()
    edges = [0, *sorted(cuts), len(ACKS)]

    acks = [ack for start, end in pairwise(edges) for ack in parser.feed(ACKS[start:end])]

    assert acks == [
        Ack("BUFFERING", 1673627041807, "913438"),
        Ack("RECEIVED", 1, "913438"),
        Ack("IDLE"),
        Ack("ERROR", error_id=4006, error_code="INVALID_MKV_DATA"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"<html>",
        b"[1]",
        b'{"AckEventType":"IDLE"}',
        b'{"EventType":"IDLE","ErrorId":"many"}',
        b"{" * 2_000_000,
    ],
)
def test_other_answers_are_named(data: bytes) -> None:
    with pytest.raises(InvalidAcknowledgement, match="is not an acknowledgement"):
        list(AckParser().feed(data))


@pytest.mark.parametrize(
    ("status", "headers", "error", "sentence"),
    [
        (
            404,
            {"x-amz-ErrorType": "ResourceNotFoundException"},
            ResourceNotFound,
            "PutMedia was refused with ResourceNotFoundException 404",
        ),
        (
            400,
            {"x-amzn-ErrorType": "InvalidArgumentException:http://x"},
            InvalidArgument,
            "PutMedia was refused with InvalidArgumentException 400",
        ),
        (403, {}, NotAuthorized, "PutMedia was refused with HTTP 403"),
        (502, {"x-amzn-ErrorType": "<html> a token"}, PutMediaRefused, "PutMedia was refused with HTTP 502"),
        (500, {}, PutMediaRefused, "PutMedia was refused with HTTP 500"),
    ],
)
def test_a_refusal_has_aws_name_for_it(
    status: int, headers: dict[str, str], error: type[PutMediaRefused], sentence: str
) -> None:
    refused = refusal(status, headers)

    assert type(refused) is error
    assert refused.status == status
    assert str(refused) == sentence


@pytest.mark.skipif(not CAPTURE.exists(), reason="the captured PutMedia body is not there")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_amazons_producer_sent_comes_back_whole(
    kvs: KvsServer, target: PutMediaTarget, seed: int
) -> None:
    body = CAPTURE.read_bytes()
    chance = random.Random(seed)
    edges = sorted({0, len(body), *(chance.randrange(len(body)) for _ in range(200))})

    acks = put(target, *(body[start:end] for start, end in pairwise(edges)))

    timecodes = [START + 1000 * number for number in range(8)]
    for kind in ("BUFFERING", "RECEIVED", "PERSISTED"):
        assert [ack.fragment_timecode for ack in acks if ack.event_type == kind] == timecodes
    assert len(acks) == 24
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    documents = [fetched(client, ack) for ack in acks if ack.event_type == "PERSISTED"]
    times = [frame.pts for document in documents for frame in decoded(document)]
    assert times == [START + 40 * number for number in range(200)]


def fetched(client: "KinesisVideoArchivedMediaClient", ack: Ack) -> bytes:
    answer = client.get_media_for_fragment_list(StreamName="entrance", Fragments=[ack.fragment_number or ""])
    return answer["Payload"].read()


def decoded(document: bytes) -> list[av.VideoFrame]:
    assert document.startswith(ebml.id_bytes(ebml.EBML))
    with av.open(BytesIO(document), "r") as container:
        return list(container.decode(video=0))
