import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import av
import boto3
import numpy as np
import pytest
from botocore.exceptions import HTTPClientError
from urllib3.exceptions import ProtocolError

from infra.local.kvs.server import KvsServer
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import HEADER, START, TAGS, fragment
from tests.infra.local.kvs.conftest import UNCHECKED, Clock
from tests.infra.local.kvs.film import film, put_body
from tests.infra.local.kvs.raw import RawPutMedia, put, said

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from mypy_boto3_kinesis_video_media import KinesisVideoMediaClient
    from mypy_boto3_kinesis_video_media.type_defs import StartSelectorTypeDef
    from mypy_boto3_kinesisvideo import KinesisVideoClient

ENDS = re.compile(rb"AWS_KINESISVIDEO_CONTINUATION_TOKEN\x44\x87.{4}([0-9]{47})\Z", re.DOTALL)
NUMBER = re.compile(rb"AWS_KINESISVIDEO_FRAGMENT_NUMBER\x44\x87.{4}([0-9]{47})", re.DOTALL)
BEHIND = re.compile(rb"AWS_KINESISVIDEO_MILLIS_BEHIND_NOW\x44\x87.{4}([0-9]+)", re.DOTALL)

EARLIEST: "StartSelectorTypeDef" = {"StartSelectorType": "EARLIEST"}


@pytest.fixture
def media(kvs: KvsServer) -> "KinesisVideoMediaClient":
    return created(kvs, hours=24)


def created(kvs: KvsServer, hours: int) -> "KinesisVideoMediaClient":
    """A client for the new stream `entrance`, with the endpoint of GetDataEndpoint."""
    control = boto3.client("kinesisvideo", endpoint_url=kvs.url)
    control.create_stream(StreamName="entrance", DataRetentionInHours=hours)
    endpoint = control.get_data_endpoint(StreamName="entrance", APIName="GET_MEDIA")["DataEndpoint"]
    return boto3.client("kinesis-video-media", endpoint_url=endpoint)


def documents(payload: Any) -> Iterator[bytes]:
    """Each document as soon as its last byte has arrived."""
    document = b""
    while byte := payload.read(1):
        document += byte
        if byte.isdigit() and ENDS.search(document):
            yield document
            document = b""
    assert document == b""


def tag(pattern: re.Pattern[bytes], document: bytes) -> str:
    (value,) = pattern.findall(document)
    return bytes(value).decode()


def numbers(payload: Any, count: int) -> list[str]:
    """The fragment numbers of the next documents."""
    reader = documents(payload)
    return [tag(NUMBER, next(reader)) for _ in range(count)]


def four(payload: bytes) -> bytes:
    """A payload after its four-byte size, as AWS writes it."""
    return (len(payload) | 0x10000000).to_bytes(4, "big") + payload


def test_a_document_byte_for_byte(kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock) -> None:
    clock.stop()
    (number,) = put(kvs.url, START)
    answer = media.get_media(StreamName="entrance", StartSelector=EARLIEST)
    assert answer["ContentType"] == "video/webm"

    document = next(documents(answer["Payload"]))

    tags = b"".join(
        b"\x67\xc8" + four(b"\x45\xa3" + four(name) + b"\x44\x87" + four(value))
        for name, value in [
            (b"AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", b"0"),
            (b"AWS_KINESISVIDEO_CONTINUATION_TOKEN", number.encode()),
        ]
    )
    ending = b"\x12\x54\xc3\x67" + four(b"\x73\x73" + four(tags))
    assert document.startswith(HEADER)
    assert document.endswith(fragment(START) + TAGS + ending)
    assert len(document) == len(HEADER) + 243 + len(fragment(START)) + len(TAGS) + len(ending)
    assert tag(NUMBER, document) == number


def test_what_is_stored_then_what_comes_each_once_complete_to_a_clean_end(
    kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock
) -> None:
    clock.stop()
    old = put(kvs.url, START, START + 1000)
    payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]
    assert numbers(payload, 2) == old
    with RawPutMedia(kvs.url) as producer:
        producer.read_head()
        acks = producer.acks()
        producer.send(HEADER + fragment(START + 2000) + mkv.END_OF_FRAGMENT)
        number = [next(acks) for _ in range(3)][-1]["FragmentNumber"]
        assert numbers(payload, 1) == [number]
        producer.send(fragment(START + 3000))
        assert said(acks, 1) == ["BUFFERING"]
        clock.offset += 29
        producer.send(mkv.END_OF_FRAGMENT)
        assert len(numbers(payload, 1)) == 1
    clock.offset += 31

    assert payload.read() == b""


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ({"StartSelectorType": "NOW"}, [3]),
        ({"StartSelectorType": "EARLIEST"}, [0, 1, 2, 3]),
        ({"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": 1}, [2, 3]),
        ({"StartSelectorType": "CONTINUATION_TOKEN", "ContinuationToken": 0}, [1, 2, 3]),
        ({"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": START + 1080}, [1, 2, 3]),
        ({"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": START + 1081}, [2, 3]),
        ({"StartSelectorType": "SERVER_TIMESTAMP", "StartTimestamp": START + 20_000}, [2, 3]),
    ],
)
def test_each_start(
    kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock, selector: Any, found: list[int]
) -> None:
    clock.stop()
    stored = []
    for index in range(4):
        clock.offset += START / 1000 + 10 * index - clock()
        stored += put(kvs.url, START + 1000 * index)
    for name in ("AfterFragmentNumber", "ContinuationToken"):
        if name in selector:
            selector = {**selector, name: stored[selector[name]]}
    if "StartTimestamp" in selector:
        selector = {
            **selector,
            "StartTimestamp": datetime.fromtimestamp(selector["StartTimestamp"] / 1000, UTC),
        }

    payload = media.get_media(StreamName="entrance", StartSelector=selector)["Payload"]

    assert numbers(payload, len(found)) == [stored[index] for index in found]
    clock.offset += 31
    assert payload.read() == b""


def test_ffmpeg_reads_it_document_by_document_through_a_change_of_resolution_and_codec(
    kvs: KvsServer, media: "KinesisVideoMediaClient"
) -> None:
    small, large = film(3), film(2, size=(160, 120), codec="libx265", seed=2)
    put_body(kvs.url, small.body(START))
    put_body(kvs.url, large.body(START + 3000))
    payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]

    pictures: list[tuple[int, VideoFrame]] = []
    for document in islice(documents(payload), 5):
        with av.open(io.BytesIO(document), "r", format="matroska") as container:
            assert tag(NUMBER, document) == container.metadata["AWS_KINESISVIDEO_FRAGMENT_NUMBER"]
            pictures += [(frame.pts or 0, frame) for frame in container.decode(video=0)]

    expected = [(START + time, frame) for time, frame in small.pictures.items()]
    expected += [(START + 3000 + time, frame) for time, frame in large.pictures.items()]
    assert [time for time, _ in pictures] == [time for time, _ in expected]
    for (_, frame), (_, straight) in zip(pictures, expected, strict=True):
        assert np.array_equal(frame.to_ndarray(), straight.to_ndarray())


def test_how_far_behind_the_newest_fragment(
    kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock
) -> None:
    clock.stop()
    put(kvs.url, START)
    clock.offset += 5
    put(kvs.url, START + 5000)
    clock.offset += 20
    payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]
    reader = documents(payload)

    assert [tag(BEHIND, next(reader)) for _ in range(2)] == ["5000", "0"]


@pytest.mark.parametrize("kind", ["AfterFragmentNumber", "ContinuationToken"])
def test_a_fragment_to_begin_behind_that_is_gone_is_an_error_in_the_payload(
    kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock, kind: str
) -> None:
    (old,) = put(kvs.url, START)
    clock.offset += 25 * 3600
    put(kvs.url, START + 1000)
    selector: Any = {
        "StartSelectorType": "FRAGMENT_NUMBER" if kind == "AfterFragmentNumber" else "CONTINUATION_TOKEN",
        kind: old,
    }

    payload = media.get_media(StreamName="entrance", StartSelector=selector)["Payload"].read()

    assert payload.startswith(mkv.document_head())
    assert re.search(rb"AWS_KINESISVIDEO_ERROR_ID\x44\x87.{4}4000", payload)
    assert re.search(rb"AWS_KINESISVIDEO_ERROR_CODE\x44\x87.{4}FRAGMENT_NOT_FOUND", payload)


def test_a_start_in_the_future_waits_for_it(
    kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock
) -> None:
    clock.stop()
    put(kvs.url, START)
    at = datetime.fromtimestamp(START / 1000 + 10, UTC)
    payload = media.get_media(
        StreamName="entrance",
        StartSelector={"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": at},
    )["Payload"]
    _, expected = put(kvs.url, START + 1000, START + 11_000)

    assert numbers(payload, 1) == [expected]


def test_45_minutes_are_a_silent_end_and_the_token_goes_on_from_there(
    serve: Callable[..., KvsServer], clock: Clock
) -> None:
    clock.stop()
    kvs = serve(media_idle_seconds=24 * 3600)
    media = created(kvs, hours=24)
    put(kvs.url, START)
    payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]
    token = tag(ENDS, next(documents(payload)))
    clock.offset += 45 * 60 + 1
    assert payload.read() == b""

    (second,) = put(kvs.url, START + 1000)
    selector: Any = {"StartSelectorType": "CONTINUATION_TOKEN", "ContinuationToken": token}
    assert numbers(media.get_media(StreamName="entrance", StartSelector=selector)["Payload"], 1) == [second]


def test_a_deleted_stream_ends_cleanly(
    kvs: KvsServer, control: "KinesisVideoClient", media: "KinesisVideoMediaClient", clock: Clock
) -> None:
    clock.stop()
    put(kvs.url, START)
    payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]
    assert len(numbers(payload, 1)) == 1
    control.delete_stream(StreamARN=control.describe_stream(StreamName="entrance")["StreamInfo"]["StreamARN"])

    assert payload.read() == b""


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"StreamName": "exit", "StartSelector": EARLIEST}, "ResourceNotFoundException"),
        ({"StartSelector": EARLIEST}, "InvalidArgumentException"),
        ({"StreamName": "entrance"}, "InvalidArgumentException"),
        (
            {"StreamName": "entrance", "StartSelector": {"StartSelectorType": "OLDEST"}},
            "InvalidArgumentException",
        ),
        (
            {
                "StreamARN": "arn:aws:kinesisvideo:us-east-1:999999999999:stream/entrance/1",
                "StartSelector": EARLIEST,
            },
            "NotAuthorizedException",
        ),
    ],
)
@pytest.mark.usefixtures("media")
def test_errors(kvs: KvsServer, parameters: dict[str, Any], error: str) -> None:
    client = boto3.client("kinesis-video-media", endpoint_url=kvs.url, config=UNCHECKED)

    with pytest.raises(getattr(client.exceptions, error)):
        client.get_media(**parameters)


def test_the_service_stops_while_somebody_reads(kvs: KvsServer, media: "KinesisVideoMediaClient") -> None:
    put(kvs.url, START)
    payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]
    assert len(numbers(payload, 1)) == 1

    kvs.stop()

    with pytest.raises((HTTPClientError, ProtocolError)):
        payload.read()


def test_three_connections(kvs: KvsServer, media: "KinesisVideoMediaClient", clock: Clock) -> None:
    payloads = [media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"] for _ in range(3)]
    with pytest.raises(media.exceptions.ConnectionLimitExceededException):
        media.get_media(StreamName="entrance", StartSelector=EARLIEST)
    clock.offset += 31
    assert [payload.read() for payload in payloads] == [b""] * 3

    payloads = [media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"] for _ in range(3)]
    (number,) = put(kvs.url, START)
    assert [numbers(payload, 1) for payload in payloads] == [[number]] * 3


def test_readers_that_have_left_give_their_connections_back_at_once(
    serve: Callable[..., KvsServer], clock: Clock
) -> None:
    clock.stop()
    media = created(serve(media_connections=1, media_calls=20, poll_seconds=60.0), hours=24)

    for _ in range(20):
        media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"].close()


def test_five_calls_a_second(serve: Callable[..., KvsServer], clock: Clock) -> None:
    clock.stop()
    media = created(serve(media_connections=10), hours=24)
    for _ in range(5):
        media.get_media(StreamName="entrance", StartSelector=EARLIEST)
    with pytest.raises(media.exceptions.ClientLimitExceededException):
        media.get_media(StreamName="entrance", StartSelector=EARLIEST)
    clock.offset += 1
    media.get_media(StreamName="entrance", StartSelector=EARLIEST)


def test_a_stream_without_retention_is_readable_for_five_minutes_by_get_media_alone(
    kvs: KvsServer, clock: Clock
) -> None:
    clock.stop()
    media = created(kvs, hours=0)
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    (old,) = put(kvs.url, START)
    clock.offset += 200
    (new,) = put(kvs.url, START + 1000)

    def readable(count: int) -> list[str]:
        payload = media.get_media(StreamName="entrance", StartSelector=EARLIEST)["Payload"]
        found = numbers(payload, count)
        clock.offset += 31
        assert payload.read() == b""
        return found

    assert readable(2) == [old, new]
    assert archive.list_fragments(StreamName="entrance")["Fragments"] == []
    gone = archive.get_media_for_fragment_list(StreamName="entrance", Fragments=[new])["Payload"].read()
    assert b"FRAGMENT_NOT_FOUND" in gone
    clock.offset += 70
    assert readable(1) == [new]


def test_what_was_only_buffered_is_not_persisted_later(
    kvs: KvsServer, control: "KinesisVideoClient", clock: Clock
) -> None:
    created(kvs, hours=0)
    put(kvs.url, START)
    version = control.describe_stream(StreamName="entrance")["StreamInfo"]["Version"]
    control.update_data_retention(
        StreamName="entrance",
        Operation="INCREASE_DATA_RETENTION",
        CurrentVersion=version,
        DataRetentionChangeInHours=24,
    )
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    assert archive.list_fragments(StreamName="entrance")["Fragments"] == []

    (number,) = put(kvs.url, START + 1000)
    assert [
        stored["FragmentNumber"] for stored in archive.list_fragments(StreamName="entrance")["Fragments"]
    ] == [number]
