import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.arbitrary_media import HEADER, START, TAGS, fragment
from tests.infra.local.kvs.conftest import UNCHECKED, Clock
from tests.infra.local.kvs.raw import put

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient


def at(millis: float) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


def selector(start: float, end: float, kind: str = "PRODUCER_TIMESTAMP") -> Any:
    return {
        "FragmentSelectorType": kind,
        "TimestampRange": {"StartTimestamp": at(start), "EndTimestamp": at(end)},
    }


def times(fragments: Any) -> list[int]:
    return sorted(round(listed["ProducerTimestamp"].timestamp() * 1000) - START for listed in fragments)


def test_the_facts_of_a_fragment(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", clock: Clock
) -> None:
    before = clock()
    put(kvs.url, START)

    (found,) = archive.list_fragments(StreamName="entrance")["Fragments"]

    assert found["ProducerTimestamp"] == at(START)
    assert before - 1 < found["ServerTimestamp"].timestamp() <= clock()
    assert found["FragmentLengthInMilliseconds"] == 80
    assert found["FragmentSizeInBytes"] == len(HEADER) + 243 + len(fragment(START)) + len(TAGS)
    assert len(found["FragmentNumber"]) == 47


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 2000, [0, 1000, 2000]),
        (1, 2000, [1000, 2000]),
        (0, 1999, [0, 1000]),
        (1000, 1000, [1000]),
        (1000.4, 1000.6, []),
        (999.6, 1000.4, [1000]),
        (1, 999, []),
    ],
)
def test_fragments_that_start_in_the_range_ends_included(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", start: float, end: float, found: list[int]
) -> None:
    put(kvs.url, START, START + 1000, START + 2000)
    times_range = {"StartTimestamp": (START + start) / 1000, "EndTimestamp": (START + end) / 1000}
    request = {
        "StreamName": "entrance",
        "FragmentSelector": {"FragmentSelectorType": "PRODUCER_TIMESTAMP", "TimestampRange": times_range},
    }

    # boto3 sends milliseconds; other clients send any fraction.
    archive.meta.events.register(
        "before-call", lambda params, **_: params.update(body=json.dumps(request).encode())
    )

    assert times(archive.list_fragments(StreamName="entrance")["Fragments"]) == found


def test_by_the_time_of_arrival(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", clock: Clock
) -> None:
    put(kvs.url, START)
    clock.offset += 100
    seen = clock()
    put(kvs.url, START + 1000)

    late = selector((seen - 50) * 1000, (seen + 50) * 1000, "SERVER_TIMESTAMP")
    all_of_it = selector((seen - 150) * 1000, (seen + 50) * 1000, "SERVER_TIMESTAMP")

    assert times(archive.list_fragments(StreamName="entrance", FragmentSelector=late)["Fragments"]) == [1000]
    assert times(archive.list_fragments(StreamName="entrance", FragmentSelector=all_of_it)["Fragments"]) == [
        0,
        1000,
    ]


def test_pages_are_whole_and_every_listing_has_an_order_of_its_own(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    put(kvs.url, *(START + 1000 * number for number in range(25)))
    paginator = archive.get_paginator("list_fragments")

    def numbers(size: int) -> list[str]:
        pages = list(paginator.paginate(StreamName="entrance", PaginationConfig={"PageSize": size}))
        assert all(len(page["Fragments"]) <= size for page in pages)
        return [listed["FragmentNumber"] for page in pages for listed in page["Fragments"]]

    assert len(set(numbers(10))) == 25
    listings = [numbers(size) for size in (10, 7, 1000)]
    assert [sorted(listing) for listing in listings] == [sorted(numbers(10))] * 3
    assert len({tuple(listing) for listing in [*listings, sorted(listings[0])]}) == 4


def test_a_page_has_100_unless_told(kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient") -> None:
    put(kvs.url, *(START + 1000 * number for number in range(101)))

    first = archive.list_fragments(StreamName="entrance")
    rest = archive.list_fragments(StreamName="entrance", NextToken=first["NextToken"])

    assert (len(first["Fragments"]), len(rest["Fragments"])) == (100, 1)
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"StreamName": "exit"}, "ResourceNotFoundException"),
        ({}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "MaxResults": 0}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "MaxResults": 1001}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "NextToken": "?"}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "NextToken": "abcd"}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "FragmentSelector": selector(1000, 999)}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "FragmentSelector": selector(0, 1, "BOTH")}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "FragmentSelector": {}}, "InvalidArgumentException"),
        (
            {"StreamARN": "arn:aws:kinesisvideo:us-east-1:999999999999:stream/entrance/1"},
            "NotAuthorizedException",
        ),
    ],
)
@pytest.mark.usefixtures("archive")
def test_errors(kvs: KvsServer, parameters: dict[str, Any], error: str) -> None:
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url, config=UNCHECKED)

    with pytest.raises(getattr(client.exceptions, error)):
        client.list_fragments(**parameters)


def test_nothing_in_a_stream_is_an_empty_list(archive: "KinesisVideoArchivedMediaClient") -> None:
    assert archive.list_fragments(StreamName="entrance")["Fragments"] == []


def test_the_metadata_quota_is_per_second(serve: Callable[..., KvsServer], clock: Clock) -> None:
    clock.stop()
    kvs = serve(fragment_metadata_quota=250)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)

    client.list_fragments(StreamName="entrance", MaxResults=200)
    client.list_fragments(StreamName="entrance", MaxResults=50)
    with pytest.raises(client.exceptions.ClientLimitExceededException):
        client.list_fragments(StreamName="entrance", MaxResults=1)
    clock.offset += 1
    client.list_fragments(StreamName="entrance", MaxResults=250)


def test_retention_really_deletes(
    kvs: KvsServer, control: "KinesisVideoClient", archive: "KinesisVideoArchivedMediaClient", clock: Clock
) -> None:
    put(kvs.url, START)
    clock.offset += 20 * 3600
    put(kvs.url, START + 1000)
    (old,) = archive.list_fragments(StreamName="entrance", FragmentSelector=selector(START, START))[
        "Fragments"
    ]

    clock.offset += 5 * 3600
    assert times(archive.list_fragments(StreamName="entrance")["Fragments"]) == [1000]
    payload = archive.get_media_for_fragment_list(StreamName="entrance", Fragments=[old["FragmentNumber"]])
    assert b"FRAGMENT_NOT_FOUND" in payload["Payload"].read()

    info = control.describe_stream(StreamName="entrance")["StreamInfo"]
    change: Any = {"StreamName": "entrance", "DataRetentionChangeInHours": 20}
    control.update_data_retention(
        Operation="DECREASE_DATA_RETENTION", CurrentVersion=info["Version"], **change
    )
    info = control.describe_stream(StreamName="entrance")["StreamInfo"]
    control.update_data_retention(
        Operation="INCREASE_DATA_RETENTION", CurrentVersion=info["Version"], **change
    )
    assert archive.list_fragments(StreamName="entrance")["Fragments"] == []


def test_a_fragment_may_be_listed_a_moment_after_it_is_persisted(
    serve: Callable[..., KvsServer], clock: Clock
) -> None:
    kvs = serve(listing_delay_seconds=60.0)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    put(kvs.url, START)

    assert client.list_fragments(StreamName="entrance")["Fragments"] == []
    clock.offset += 61
    assert times(client.list_fragments(StreamName="entrance")["Fragments"]) == [0]


def test_less_retention_deletes_at_once_also_on_the_disk(
    kvs: KvsServer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    control = boto3.client("kinesisvideo")
    control.create_stream(StreamName="entrance", DataRetentionInHours=24)
    put(kvs.url, START)
    clock.offset += 2 * 3600
    put(kvs.url, START + 1000)

    def files() -> int:
        return sum(path.is_file() for path in tmp_path.rglob("*"))

    assert files() == 2
    control.update_data_retention(
        StreamName="entrance",
        CurrentVersion=control.describe_stream(StreamName="entrance")["StreamInfo"]["Version"],
        Operation="DECREASE_DATA_RETENTION",
        DataRetentionChangeInHours=23,
    )
    assert files() == 1
