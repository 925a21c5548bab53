"""What clients expect of Kinesis Video Streams, row by row: the control plane and PutMedia."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from infra.local.kvs.control import API_NAMES
from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.kvs import ebml, mkv
from tests.infra.local.kvs.arbitrary_media import AUDIO, HEADER, START, TAGS, VIDEO, fragment
from tests.infra.local.kvs.conftest import Clock
from tests.infra.local.kvs.raw import RawPutMedia, put
from tests.infra.local.kvs.reading import archive_of, create, fragment_list, listed, tag
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

SERVE = Callable[..., KvsServer]
ENDED = mkv.END_OF_FRAGMENT
VIDEO_AND_SOUND = mkv.header([VIDEO, AUDIO])


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
    """The body with a Segment of known size, which is too large."""
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
    kvs.faults.add(Fault(FaultKind.ERROR_ACK, error_id=error.value))
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
        listed_fragment
        for listed_fragment in archive_of(kvs).list_fragments(StreamName="entrance")["Fragments"]
        if listed_fragment["FragmentNumber"] == number
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
