"""What a service has to do to be taken for Kinesis Video Streams, row by row."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.kvs.control import API_NAMES
from infra.local.kvs.documents import DOCUMENT_ERRORS
from infra.local.kvs.faults.fault import Fault, Kind
from infra.local.kvs.ingest_error import IngestError
from infra.local.kvs.server import KvsServer
from ingest.kvs import ebml, mkv
from tests.infra.local.kvs.conftest import UNCHECKED, Clock
from tests.infra.local.kvs.film import cluster, film, put_body
from tests.infra.local.kvs.media import AUDIO, HEADER, START, TAGS, VIDEO, fragment
from tests.infra.local.kvs.raw import RawPutMedia, put
from tests.infra.local.kvs.talk import (
    STORED,
    Step,
    connects,
    finishes,
    hears_nothing,
    hears_the_end,
    is_told,
    play,
    sends,
    stored,
    waits,
)

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient

SERVE = Callable[..., KvsServer]
ENDED = mkv.END_OF_FRAGMENT
VIDEO_AND_SOUND = mkv.header([VIDEO, AUDIO])
FILM = cache(lambda: film(3))
"""15 frames, 200 ms apart, in three fragments."""


def create(kvs: KvsServer, hours: int = 24) -> str:
    """The stream `entrance`; its ARN."""
    control = boto3.client("kinesisvideo", endpoint_url=kvs.url)
    return control.create_stream(StreamName="entrance", DataRetentionInHours=hours)["StreamARN"]


def archive_of(kvs: KvsServer) -> "KinesisVideoArchivedMediaClient":
    return boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url, config=UNCHECKED)


def listed(kvs: KvsServer) -> list[str]:
    pages = (
        archive_of(kvs)
        .get_paginator("list_fragments")
        .paginate(StreamName="entrance", PaginationConfig={"PageSize": 7})
    )
    return [one["FragmentNumber"] for page in pages for one in page["Fragments"]]


def fragment_list(kvs: KvsServer, *numbers: str) -> Any:
    return archive_of(kvs).get_media_for_fragment_list(StreamName="entrance", Fragments=numbers)


def get_media(kvs: KvsServer, kind: str = "EARLIEST", **more: str) -> Any:
    client = boto3.client("kinesis-video-media", endpoint_url=kvs.url)
    selector: Any = {"StartSelectorType": kind, **more}
    return client.get_media(StreamName="entrance", StartSelector=selector)


def read_until(payload: Any, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        piece = payload.read(1)
        assert piece, data
        data += piece
    return data


def tag(name: str, value: str) -> bytes:
    """Name and value as they stand in the service's tags."""
    return name.encode() + b"\x44\x87\x10\0\0" + bytes([len(value)]) + value.encode()


@pytest.mark.parametrize("api", API_NAMES.split("|"))
def test_one_host_answers_for_every_api(kvs: KvsServer, api: Any) -> None:
    create(kvs)
    control = boto3.client("kinesisvideo")

    assert control.get_data_endpoint(StreamName="entrance", APIName=api)["DataEndpoint"] == kvs.url


@pytest.mark.parametrize(
    ("options", "status"),
    [
        pytest.param({}, 200, id="a signature over the headers that it names"),
        pytest.param({"secret": "wrong"}, 403, id="a signature of another secret"),
        pytest.param({"path": "/putMedia?X-Amz-Expires=3600"}, 200, id="a query is part of what is signed"),
        pytest.param({"headers": {"x-amzn-stream-name": None}}, 400, id="neither name nor ARN"),
        pytest.param({"headers": {"x-amzn-stream-arn": "arn"}}, 400, id="name and ARN"),
        pytest.param({"headers": {"x-amzn-stream-name": "exit"}}, 404, id="a stream that is not there"),
    ],
)
def test_who_may_put_media(kvs: KvsServer, options: dict[str, Any], status: int) -> None:
    create(kvs)
    with RawPutMedia(kvs.url, **options) as connection:
        seen, headers = connection.read_head()

    assert seen == status
    assert headers["x-amzn-requestid"]
    if status >= 400:
        assert headers["x-amzn-errortype"] == headers["x-amz-errortype"]


def sized(body: bytes, known: int) -> bytes:
    """The body's Segment with a size that is known, if too large."""
    segment = ebml.unknown_size(ebml.SEGMENT)
    return body.replace(segment, ebml.id_bytes(ebml.SEGMENT) + ebml.size_bytes(known), 1)


UNKNOWN_CLUSTERS = fragment(START) + TAGS + fragment(START + 1000) + ENDED
KNOWN_CLUSTERS = (
    ebml.element(ebml.CLUSTER, fragment(START)[5:])
    + TAGS
    + ebml.element(ebml.CLUSTER, fragment(START + 1000)[5:])
    + ENDED
)

ROWS: dict[str, tuple[dict[str, Any], list[Step], list[int]]] = {
    "a body of unknown sizes, byte by byte": (
        {},
        [connects(), sends(HEADER + UNKNOWN_CLUSTERS, chunk=1), is_told(*STORED, *STORED)],
        [0, 1000],
    ),
    "a Segment of known size, byte by byte": (
        {},
        [connects(), sends(sized(HEADER, 5000) + UNKNOWN_CLUSTERS, chunk=1), is_told(*STORED, *STORED)],
        [0, 1000],
    ),
    "Clusters of known size, byte by byte": (
        {},
        [connects(), sends(HEADER + KNOWN_CLUSTERS, chunk=1), is_told(*STORED, *STORED)],
        [0, 1000],
    ),
    "Segment and Clusters of known size, byte by byte": (
        {},
        [connects(), sends(sized(HEADER, 5000) + KNOWN_CLUSTERS, chunk=1), is_told(*STORED, *STORED)],
        [0, 1000],
    ),
    "BUFFERING where a cluster begins, RECEIVED at its end, PERSISTED when it is stored": (
        {},
        [
            connects(),
            hears_nothing(),
            sends(HEADER),
            hears_nothing(),
            sends(mkv.cluster(START)),
            is_told("BUFFERING"),
            sends(fragment(START)[len(mkv.cluster(START)) :]),
            hears_nothing(),
            sends(mkv.cluster(START + 1000)),
            is_told("RECEIVED", "PERSISTED", "BUFFERING"),
        ],
        [0],
    ),
    "the last fragment is closed by the terminating chunk": (
        {},
        [connects(), sends(HEADER + fragment(START)), finishes(), hears_the_end(*STORED)],
        [0],
    ),
    "4001: too many bytes": (
        {"fragment_bytes": 1000},
        [connects(), sends(HEADER + fragment(START, (0, 40), size=600)), hears_the_end("BUFFERING", 4001)],
        [],
    ),
    "4002: too long": (
        {},
        [connects(), sends(HEADER + fragment(START, (0, 20_001))), hears_the_end("BUFFERING", 4002)],
        [],
    ),
    "4002: a limit of ten seconds": (
        {"fragment_ms": 10_000},
        [connects(), sends(HEADER + fragment(START, (0, 10_001))), hears_the_end("BUFFERING", 4002)],
        [],
    ),
    "4003: 45 minutes are over": (
        {},
        [connects(), sends(HEADER + fragment(START)), is_told("BUFFERING"), waits(2701), hears_the_end(4003)],
        [],
    ),
    "4003: a connection of one minute": (
        {"connection_seconds": 60.0, "idle_seconds": 3600.0},
        [connects(), sends(HEADER + fragment(START)), is_told("BUFFERING"), waits(61), hears_the_end(4003)],
        [],
    ),
    "4004: not later than the fragment before": (
        {},
        [
            connects(),
            sends(HEADER + fragment(START) + fragment(START + 80)),
            hears_the_end(*STORED, "BUFFERING", 4004),
        ],
        [0],
    ),
    "4006: no Matroska": ({}, [connects(), sends(b"RIFF of another kind"), hears_the_end(4006)], []),
    "4009: eleven tags": (
        {},
        [
            connects(),
            sends(HEADER + fragment(START) + mkv.tags({f"n{n}": "v" for n in range(11)})),
            hears_the_end("BUFFERING", 4009),
        ],
        [],
    ),
    "4010: a track that was not declared": (
        {},
        [connects(), sends(HEADER + fragment(START, track=2)), hears_the_end("BUFFERING", 4010)],
        [],
    ),
    "4011: a declared track without a frame": (
        {},
        [connects(), sends(VIDEO_AND_SOUND + fragment(START) + ENDED), hears_the_end("BUFFERING", 4011)],
        [],
    ),
    "4012: too many tracks": (
        {"tracks": 1},
        [connects(), sends(VIDEO_AND_SOUND + fragment(START)), hears_the_end(4012)],
        [],
    ),
    "IDLE after 30 s without data": (
        {},
        [connects(), sends(HEADER + fragment(START)), is_told("BUFFERING"), waits(31), hears_the_end("IDLE")],
        [],
    ),
    "IDLE after five seconds": (
        {"idle_seconds": 5.0},
        [connects(), sends(HEADER + fragment(START)), is_told("BUFFERING"), waits(6), hears_the_end("IDLE")],
        [],
    ),
    "one PutMedia connection: the second is refused": (
        {"connections": 1},
        [
            connects(),
            connects("second", status=400),
            sends(HEADER + fragment(START) + ENDED),
            is_told(*STORED),
        ],
        [0],
    ),
    "one PutMedia connection: the second replaces it": (
        {"connections": 1, "replace_oldest": True},
        [
            connects(),
            connects("second"),
            hears_the_end(4003),
            sends(HEADER + fragment(START) + ENDED, "second"),
            is_told(*STORED, who="second"),
        ],
        [0],
    ),
}


@pytest.mark.parametrize(("limits", "steps", "kept"), ROWS.values(), ids=list(ROWS))
def test_put_media(
    serve: SERVE, clock: Clock, limits: dict[str, Any], steps: list[Step], kept: list[int]
) -> None:
    kvs = serve(**limits)
    create(kvs)

    play(kvs, clock, steps)

    assert stored(kvs) == kept


@pytest.mark.parametrize("error", list(IngestError), ids=lambda error: f"{error.value} {error.name}")
def test_every_error_id_on_demand(kvs: KvsServer, clock: Clock, error: IngestError) -> None:
    create(kvs)
    kvs.faults.add(Fault(Kind.ERROR_ACK, error_id=error.value))
    last = ("BUFFERING", "RECEIVED") if error is IngestError.ARCHIVAL_ERROR else ("BUFFERING",)

    play(kvs, clock, [connects(), sends(HEADER + fragment(START) + ENDED), hears_the_end(*last, error.value)])

    assert stored(kvs) == []


def test_fragment_numbers_have_47_digits_and_increase(kvs: KvsServer) -> None:
    create(kvs)
    numbers = put(kvs.url, START, START + 1000) + put(kvs.url, START + 2000)

    assert all(re.fullmatch(r"[0-9]{47}", number) for number in numbers)
    assert numbers == sorted(set(numbers))


def test_header_cluster_trailing_elements_and_both_times_of_a_fragment_are_kept(
    kvs: KvsServer, clock: Clock
) -> None:
    clock.stop()
    create(kvs)
    put(kvs.url, START)
    number, other = put(kvs.url, START + 1000, START + 2000)
    (facts,) = [
        one
        for one in archive_of(kvs).list_fragments(StreamName="entrance")["Fragments"]
        if one["FragmentNumber"] == number
    ]
    answer = fragment_list(kvs, number, other)
    data = answer["Payload"].read()

    own = len(HEADER) + 243
    assert answer["ContentType"] == "video/webm"
    assert data.startswith(HEADER)
    assert data[own:].startswith(fragment(START + 1000) + TAGS + HEADER)
    assert data.endswith(fragment(START + 2000) + TAGS)
    assert tag("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", f"{(START + 1000) / 1000:.3f}") in data
    assert tag("AWS_KINESISVIDEO_SERVER_TIMESTAMP", f"{int(clock() * 1000) / 1000:.3f}") in data
    assert facts["ProducerTimestamp"] == datetime.fromtimestamp((START + 1000) / 1000, UTC)
    assert facts["FragmentSizeInBytes"] == own + len(fragment(START + 1000) + TAGS)
    assert facts["FragmentLengthInMilliseconds"] == 80


def test_persisted_means_that_it_can_be_read(kvs: KvsServer) -> None:
    create(kvs)
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START) + ENDED)
        (persisted,) = (ack for ack in [next(acks) for _ in STORED] if ack["EventType"] == "PERSISTED")
        assert listed(kvs) == [persisted["FragmentNumber"]]
        assert fragment(START) in fragment_list(kvs, persisted["FragmentNumber"])["Payload"].read()


def test_get_media_gives_documents_and_follows_live(kvs: KvsServer) -> None:
    create(kvs)
    (number,) = put(kvs.url, START)
    answer = get_media(kvs)
    payload = answer["Payload"]
    first = read_until(payload, tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN", number))

    assert answer["ContentType"] == "video/webm"
    assert first.startswith(HEADER)
    assert tag("AWS_KINESISVIDEO_FRAGMENT_NUMBER", number) in first
    assert fragment(START) + TAGS in first
    assert tag("AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", "0") in first
    (later,) = put(kvs.url, START + 1000)
    second = read_until(payload, tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN", later))
    assert second.startswith(HEADER)


def test_a_change_of_resolution_is_other_tracks_in_the_next_document(kvs: KvsServer) -> None:
    create(kvs)
    small = mkv.header([mkv.Track(1, "V_MPEG4/ISO/AVC", b"\x01\x42\x00\x1f", 320, 180)])
    put(kvs.url, START)
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(small + fragment(START + 1000) + ENDED)
        last = next(connection.acks())["FragmentNumber"]
    data = read_until(get_media(kvs)["Payload"], tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN", last))

    assert data.startswith(HEADER)
    assert data.count(small) == 1
    assert data.index(fragment(START)) < data.index(small) < data.index(fragment(START + 1000))


@pytest.mark.parametrize("error_id", DOCUMENT_ERRORS)
@pytest.mark.parametrize("api", ["GetMedia", "GetMediaForFragmentList"])
def test_an_error_document_ends_the_stream(kvs: KvsServer, api: str, error_id: int) -> None:
    create(kvs)
    numbers = put(kvs.url, START, START + 1000, START + 2000)
    kvs.faults.add(Fault(Kind.ERROR_DOCUMENT, api=api, error_id=error_id, fragment=2))

    answer = get_media(kvs) if api == "GetMedia" else fragment_list(kvs, *numbers)
    data = answer["Payload"].read()

    assert data.count(ebml.id_bytes(ebml.CLUSTER)) == 1
    error = data[data.rindex(mkv.document_head()) :]
    assert tag("AWS_KINESISVIDEO_ERROR_ID", str(error_id)) in error
    assert tag("AWS_KINESISVIDEO_ERROR_CODE", DOCUMENT_ERRORS[error_id]) in error
    assert tag("AWS_KINESISVIDEO_FRAGMENT_NUMBER", numbers[1]) in error


@pytest.mark.parametrize(
    ("kind", "more", "error_id"),
    [
        pytest.param(None, {}, "3000", id="a fragment that is not there"),
        pytest.param("FRAGMENT_NUMBER", {"AfterFragmentNumber": "1"}, "4000", id="a start that is not there"),
    ],
)
def test_what_is_not_there_is_an_error_in_a_200(
    kvs: KvsServer, kind: str | None, more: dict[str, str], error_id: str
) -> None:
    create(kvs)
    put(kvs.url, START)
    answer = fragment_list(kvs, "1") if kind is None else get_media(kvs, kind, **more)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    data = answer["Payload"].read()
    assert tag("AWS_KINESISVIDEO_ERROR_CODE", "FRAGMENT_NOT_FOUND") in data
    assert tag("AWS_KINESISVIDEO_ERROR_ID", error_id) in data
    assert ebml.id_bytes(ebml.CLUSTER) not in data


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        pytest.param({"media_idle_seconds": 1e6}, 45 * 60 + 1, id="after 45 minutes"),
        pytest.param({"media_idle_seconds": 1e6, "connection_seconds": 60}, 61, id="after one minute"),
        pytest.param({}, 31, id="after 30 s without a fragment"),
    ],
)
def test_get_media_ends_without_an_error(
    serve: SERVE, clock: Clock, limits: dict[str, float], seconds: float
) -> None:
    kvs = serve(**limits)
    create(kvs)
    (number,) = put(kvs.url, START)
    payload = get_media(kvs)["Payload"]
    read_until(payload, tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN", number))
    clock.offset += seconds

    assert payload.read() == b""


def test_list_fragments_is_shuffled_anew_each_time_and_whole_by_token(kvs: KvsServer) -> None:
    create(kvs)
    numbers = put(kvs.url, *(START + 1000 * number for number in range(20)))
    listings = [listed(kvs) for _ in range(3)]

    assert [sorted(listing) for listing in listings] == [numbers] * 3
    assert len({tuple(listing) for listing in [*listings, numbers]}) == 4


def test_list_fragments_lags_behind(serve: SERVE, clock: Clock) -> None:
    kvs = serve(listing_delay_seconds=60.0)
    create(kvs)
    numbers = put(kvs.url, START)

    assert listed(kvs) == []
    clock.offset += 61
    assert listed(kvs) == numbers


def asked(start: float, end: float, interval: int = 200, **more: Any) -> dict[str, Any]:
    """A request of GetImages; times in ms after START."""
    return {
        "StreamName": "entrance",
        "ImageSelectorType": "PRODUCER_TIMESTAMP",
        "StartTimestamp": (START + start) / 1000,
        "EndTimestamp": (START + end) / 1000,
        "SamplingInterval": interval,
        "Format": "JPEG",
        **more,
    }


def images(kvs: KvsServer, request: dict[str, Any]) -> list[str]:
    """IMAGE or the error of each entry of a page."""
    return [one.get("Error", "IMAGE") for one in archive_of(kvs).get_images(**request)["Images"]]


def test_a_page_of_images_has_25_whatever_is_asked_for(kvs: KvsServer) -> None:
    create(kvs)
    put_body(kvs.url, FILM().body(START))
    first = archive_of(kvs).get_images(**asked(0, 6000, MaxResults=100))
    rest = archive_of(kvs).get_images(**asked(0, 6000, MaxResults=100, NextToken=first["NextToken"]))

    assert [len(page["Images"]) for page in (first, rest)] == [25, 6]
    assert "NextToken" not in rest
    assert base64.b64decode(first["Images"][0]["ImageContent"]) == FILM().jpeg(0)


def test_no_media_before_the_first_start_in_the_window(kvs: KvsServer) -> None:
    create(kvs)
    put_body(kvs.url, FILM().body(START))

    assert images(kvs, asked(400, 1400)) == ["NO_MEDIA"] * 3 + ["IMAGE"] * 3
    assert images(kvs, asked(0, 1400)) == ["IMAGE"] * 8


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param(asked(0, 300_001), "InvalidArgumentException", id="a window of more than 300 s"),
        pytest.param(asked(0, 1000, 199), "InvalidArgumentException", id="an interval below 200 ms"),
        pytest.param(asked(0, 1000, MaxResults=101), "InvalidArgumentException", id="more than 100 results"),
        pytest.param(asked(1000, 0), "InvalidArgumentException", id="an end before the start"),
    ],
)
def test_what_get_images_does_not_take(kvs: KvsServer, request_: dict[str, Any], error: str) -> None:
    create(kvs)
    client = archive_of(kvs)

    with pytest.raises(getattr(client.exceptions, error)):
        client.get_images(**request_)


def test_a_window_of_300_s_at_200_ms_is_taken(kvs: KvsServer) -> None:
    create(kvs)

    assert images(kvs, asked(0, 300_000)) == ["NO_MEDIA"] * 25


def test_images_need_retention(kvs: KvsServer) -> None:
    create(kvs, hours=0)
    client = archive_of(kvs)

    with pytest.raises(client.exceptions.NoDataRetentionException):
        client.get_images(**asked(0, 1000))


@pytest.mark.parametrize(
    ("call", "calls"),
    [
        pytest.param(
            lambda kvs: archive_of(kvs).list_fragments(StreamName="entrance", MaxResults=1000),
            10,
            id="ListFragments of 1000 results",
        ),
        pytest.param(lambda kvs: images(kvs, asked(0, 1000, MaxResults=25)), 20, id="GetImages of 25 images"),
        pytest.param(
            lambda kvs: fragment_list(kvs, *(["1"] * 250)), 2, id="GetMediaForFragmentList of 250 fragments"
        ),
        pytest.param(lambda kvs: get_media(kvs)["Payload"].close(), 5, id="GetMedia"),
    ],
)
def test_throttled_by_points_in_a_second(
    serve: SERVE, clock: Clock, call: Callable[[KvsServer], object], calls: int
) -> None:
    clock.stop()
    kvs = serve(media_connections=10)
    create(kvs)

    for _ in range(calls):
        call(kvs)
    with pytest.raises(ClientError, match="ClientLimitExceededException"):
        call(kvs)
    clock.offset += 1
    call(kvs)


@pytest.mark.parametrize("kind", [Kind.NO_MEDIA, Kind.MEDIA_ERROR])
def test_a_hole_in_the_images(kvs: KvsServer, kind: Kind) -> None:
    create(kvs)
    put_body(kvs.url, FILM().body(START))
    kvs.faults.add(Fault(kind, start_ms=START + 400, end_ms=START + 800, times=None))
    error = "NO_MEDIA" if kind is Kind.NO_MEDIA else "MEDIA_ERROR"

    assert images(kvs, asked(0, 1000)) == ["IMAGE", "IMAGE", error, error, error, "IMAGE"]


def test_a_frame_that_cannot_be_decoded_is_media_error(kvs: KvsServer) -> None:
    create(kvs)
    blocks = [block for block in FILM().blocks if block.time < 1000]
    head = mkv.header([FILM().track])
    put_body(kvs.url, head + fragment(START) + cluster(START + 1000, blocks))

    assert images(kvs, asked(0, 1000, 1000)) == ["MEDIA_ERROR", "IMAGE"]
