"""What clients expect of Kinesis Video Streams, row by row: the APIs that read."""

import base64
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.error_ids import DOCUMENT_ERRORS
from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.kvs import ebml, mkv
from ingest.kvs.video import Track
from tests.infra.local.kvs.arbitrary_media import HEADER, START, TAGS, fragment
from tests.infra.local.kvs.conftest import Clock
from tests.infra.local.kvs.film import cluster, film, put_body
from tests.infra.local.kvs.raw import RawPutMedia, put
from tests.infra.local.kvs.reading import (
    archive_of,
    asked,
    create,
    fragment_list,
    get_media,
    images,
    listed,
    read_until,
    tag,
)

SERVE = Callable[..., KvsServer]
ENDED = mkv.END_OF_FRAGMENT
FILM = cache(lambda: film(3))
"""15 frames, 200 ms apart, in three fragments."""


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
    small = mkv.header([Track(1, "V_MPEG4/ISO/AVC", b"\x01\x42\x00\x1f", 320, 180)])
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
    kvs.faults.add(Fault(FaultKind.ERROR_DOCUMENT, api=api, error_id=error_id, fragment=2))

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
def test_throttled_by_the_quotas_per_second(
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


@pytest.mark.parametrize("kind", [FaultKind.NO_MEDIA, FaultKind.MEDIA_ERROR])
def test_missing_images(kvs: KvsServer, kind: FaultKind) -> None:
    create(kvs)
    put_body(kvs.url, FILM().body(START))
    kvs.faults.add(Fault(kind, start_ms=START + 400, end_ms=START + 800, times=None))
    error = "NO_MEDIA" if kind is FaultKind.NO_MEDIA else "MEDIA_ERROR"

    assert images(kvs, asked(0, 1000)) == ["IMAGE", "IMAGE", error, error, error, "IMAGE"]


def test_a_frame_that_cannot_be_decoded_is_media_error(kvs: KvsServer) -> None:
    create(kvs)
    blocks = [block for block in FILM().blocks if block.time < 1000]
    head = mkv.header([FILM().track])
    put_body(kvs.url, head + fragment(START) + cluster(START + 1000, blocks))

    assert images(kvs, asked(0, 1000, 1000)) == ["MEDIA_ERROR", "IMAGE"]
