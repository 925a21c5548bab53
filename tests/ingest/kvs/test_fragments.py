import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ResponseStreamingError

from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.endpoints import DataEndpoints, StreamUnavailable
from ingest.kvs.fragments import Archive
from ingest.kvs.matroska import Fragment, FragmentError
from tests.ingest.cloud import Cloud, Piece, at, live
from tests.ingest.video import grey


def archive(kvs: Cloud) -> Archive:
    return kvs.ports().archive


def test_a_listing_keeps_the_milliseconds_both_ways(kvs: Cloud) -> None:
    kvs.publish("door", [Piece(at(0.123), at(1.457), (0,), (1877,))], grey())
    sent: list[dict[str, Any]] = []
    kvs.media.meta.events.register("before-call.*.ListFragments", lambda params, **_: sent.append(params))

    (found,) = archive(kvs).list("door", "PRODUCER_TIMESTAMP", at(0.123), at(0.123))
    assert archive(kvs).list("door", "PRODUCER_TIMESTAMP", at(0.124), at(9)) == []
    assert archive(kvs).list("door", "SERVER_TIMESTAMP", at(1.457), at(1.457)) == [found]

    assert (found.start, found.server_time, found.length) == (at(0.123), at(1.457), timedelta(seconds=1.877))
    assert found.end == at(2)
    assert found.size > 0
    span = json.loads(sent[0]["body"])["FragmentSelector"]["TimestampRange"]
    assert span == {"StartTimestamp": at(0.123).timestamp(), "EndTimestamp": at(0.123).timestamp()}


def test_every_page_is_read(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.kvs.fragments._PAGE", 3)
    kvs.publish("door", live(10), grey())

    listed = archive(kvs).list("door", "SERVER_TIMESTAMP", at(0), at(100))

    assert sorted(fragment.start for fragment in listed) == [at(second) for second in range(0, 20, 2)]


def test_media_in_one_request_and_an_error_inside_it(kvs: Cloud) -> None:
    kvs.publish("door", live(3), grey())
    numbers = [found.number for found in archive(kvs).list("door", "SERVER_TIMESTAMP", at(0), at(9))]

    parts = list(archive(kvs).media("door", [*numbers, "1"]))

    assert [part.number for part in parts] == [*numbers, "1"]
    assert [isinstance(part, Fragment) for part in parts] == [True, True, True, False]
    assert isinstance(parts[-1], FragmentError)
    assert parts[-1].code == "FRAGMENT_NOT_FOUND"


def test_a_broken_connection_cuts_the_fragment_it_brings(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    kvs.publish("door", live(2), grey())
    numbers = [found.number for found in archive(kvs).list("door", "SERVER_TIMESTAMP", at(0), at(9))]
    whole = b"".join(
        kvs.media.get_media_for_fragment_list(StreamName="door", Fragments=numbers)["Payload"].iter_chunks()
    )

    class Payload:
        def iter_chunks(self, _: int) -> Iterator[bytes]:
            yield whole[:-5]
            raise ResponseStreamingError(error="reset by peer")

        def close(self) -> None:
            pass

    monkeypatch.setattr(kvs.media, "get_media_for_fragment_list", lambda **_: {"Payload": Payload()})
    parts: list[Fragment | FragmentError] = []
    media = archive(kvs).media("door", numbers)
    parts += [next(media), next(media)]

    assert [isinstance(part, Fragment) and part.cut for part in parts] == [False, True]
    with pytest.raises(InvalidMatroska, match="connection broke"):
        next(media)


def test_how_long_a_stream_keeps_its_video(kvs: Cloud) -> None:
    kvs.create_stream("none", retention_hours=0)

    assert archive(kvs).retention("door") == timedelta(hours=24)
    with pytest.raises(StreamUnavailable, match="'none' cannot be read: it keeps no video"):
        archive(kvs).retention("none")
    with pytest.raises(StreamUnavailable, match="'gone' cannot be read: it does not exist"):
        archive(kvs).retention("gone")


def test_a_stream_that_is_being_deleted(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"StreamInfo": {"Status": "DELETING", "DataRetentionInHours": 24}}
    monkeypatch.setattr(kvs.kinesisvideo, "describe_stream", lambda **_: info)

    with pytest.raises(StreamUnavailable, match="its status is DELETING"):
        archive(kvs).retention("door")


def fails(code: str, times: int) -> Callable[[Any], str]:
    """A request that fails so often, then answers."""
    left = [times]

    def request(_: Any) -> str:
        if left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "ListFragments")
        return "answer"

    return request


@pytest.fixture
def endpoints(kvs: Cloud) -> DataEndpoints:
    return DataEndpoints(kvs.kinesisvideo, lambda _: kvs.media, kvs.slept.append)


def asked(kvs: Cloud) -> list[str]:
    calls: list[str] = []
    kvs.kinesisvideo.meta.events.register("before-call.*.GetDataEndpoint", lambda **_: calls.append("asked"))
    return calls


def test_an_endpoint_is_asked_for_once(kvs: Cloud, endpoints: DataEndpoints) -> None:
    calls = asked(kvs)
    for _ in range(3):
        endpoints.call("door", "LIST_FRAGMENTS", fails("", 0))
    endpoints.call("door", "GET_MEDIA_FOR_FRAGMENT_LIST", fails("", 0))

    assert len(calls) == 2


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "NotAuthorizedException"])
def test_an_endpoint_known_from_before_is_asked_for_anew(
    kvs: Cloud, endpoints: DataEndpoints, code: str
) -> None:
    calls = asked(kvs)
    endpoints.call("door", "LIST_FRAGMENTS", fails("", 0))

    assert endpoints.call("door", "LIST_FRAGMENTS", fails(code, 1)) == "answer"
    assert len(calls) == 2
    with pytest.raises(StreamUnavailable):
        endpoints.call("door", "LIST_FRAGMENTS", fails(code, 2))


def test_an_endpoint_that_does_not_answer_any_more_is_asked_for_anew(
    kvs: Cloud, endpoints: DataEndpoints
) -> None:
    calls = asked(kvs)
    endpoints.call("door", "LIST_FRAGMENTS", fails("", 0))
    refused = iter([EndpointConnectionError(endpoint_url="https://old")])

    def request(_: Any) -> str:
        for error in refused:
            raise error
        return "answer"

    assert endpoints.call("door", "LIST_FRAGMENTS", request) == "answer"
    assert len(calls) == 2


def test_the_streams_own_throttle_is_waited_out(kvs: Cloud, endpoints: DataEndpoints) -> None:
    assert endpoints.call("door", "LIST_FRAGMENTS", fails("ClientLimitExceededException", 3)) == "answer"
    assert len(kvs.slept) == 3
    with pytest.raises(StreamUnavailable, match="KVS limits its calls"):
        endpoints.call("door", "LIST_FRAGMENTS", fails("ClientLimitExceededException", 9))


def test_an_error_that_we_do_not_know_is_told_as_it_is(endpoints: DataEndpoints) -> None:
    with pytest.raises(StreamUnavailable, match="stream 'door' cannot be read: Strange: no") as caught:
        endpoints.call("door", "LIST_FRAGMENTS", fails("Strange", 1))

    assert (caught.value.code, caught.value.stream_name) == ("Strange", "door")
