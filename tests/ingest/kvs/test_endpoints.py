from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.kvs.endpoints import DataEndpoints, StreamUnavailable
from ingest.kvs.known_streams import KnownStreams
from tests.ingest.cloud import Cloud


def fails(code: str, times: int) -> Callable[[Any], str]:
    """A request that fails a number of times, then answers."""
    left = [times]

    def request(_: Any) -> str:
        if left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "ListFragments")
        return "answer"

    return request


@pytest.fixture
def endpoints(kvs: Cloud) -> DataEndpoints[Any]:
    return DataEndpoints(kvs.kinesisvideo, lambda _: kvs.archived, kvs.slept.append)


def asked(kvs: Cloud) -> list[str]:
    calls: list[str] = []
    kvs.kinesisvideo.meta.events.register("before-call.*.GetDataEndpoint", lambda **_: calls.append("asked"))
    return calls


def test_an_endpoint_is_asked_for_once(kvs: Cloud, endpoints: DataEndpoints[Any]) -> None:
    calls = asked(kvs)
    for _ in range(3):
        endpoints.call("door", "LIST_FRAGMENTS", fails("", 0))
    endpoints.call("door", "GET_MEDIA_FOR_FRAGMENT_LIST", fails("", 0))

    assert len(calls) == 2


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "NotAuthorizedException"])
def test_a_known_endpoint_that_fails_is_asked_for_again(
    kvs: Cloud, endpoints: DataEndpoints[Any], code: str
) -> None:
    calls = asked(kvs)
    endpoints.call("door", "LIST_FRAGMENTS", fails("", 0))

    assert endpoints.call("door", "LIST_FRAGMENTS", fails(code, 1)) == "answer"
    assert len(calls) == 2
    with pytest.raises(StreamUnavailable):
        endpoints.call("door", "LIST_FRAGMENTS", fails(code, 2))


def test_an_endpoint_that_stops_answering_is_asked_for_again(
    kvs: Cloud, endpoints: DataEndpoints[Any]
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


def test_the_streams_own_throttle_is_waited_out(kvs: Cloud, endpoints: DataEndpoints[Any]) -> None:
    assert endpoints.call("door", "LIST_FRAGMENTS", fails("ClientLimitExceededException", 3)) == "answer"
    assert len(kvs.slept) == 3
    with pytest.raises(StreamUnavailable, match="KVS limits its calls"):
        endpoints.call("door", "LIST_FRAGMENTS", fails("ClientLimitExceededException", 9))


def test_an_unknown_error_is_told_by_operation_and_code(endpoints: DataEndpoints[Any]) -> None:
    with pytest.raises(
        StreamUnavailable, match=r"stream 'door' cannot be read: \w+ was refused \(Strange\)$"
    ) as caught:
        endpoints.call("door", "LIST_FRAGMENTS", fails("Strange", 1))

    assert (caught.value.code, caught.value.stream_name) == ("Strange", "door")


def test_the_accounts_throttle_of_lookups_is_waited_out(kvs: Cloud, endpoints: DataEndpoints[Any]) -> None:
    kvs.server.faults.add(
        Fault(FaultKind.ERROR, api="GetDataEndpoint", error="ClientLimitExceededException", times=4)
    )

    assert endpoints.call("door", "LIST_FRAGMENTS", fails("", 0)) == "answer"
    assert len(kvs.slept) == 4


@pytest.mark.parametrize(
    ("known", "calls"),
    [
        (
            "https://b-0123abcd.kinesisvideo.eu-central-1.amazonaws.com",
            1,
        ),  # the service has http
        ("http://b-0123abcd.kinesisvideo.eu-central-1.amazonaws.com", 0),
        ("http://elsewhere.example", 1),
        ("http://kinesisvideo.eu-central-1.amazonaws.com.example", 1),
        ("http://a@b-0123abcd.kinesisvideo.eu-central-1.amazonaws.com", 1),
        (7, 1),
    ],
)
def test_a_learned_endpoint_that_is_not_kvss_gets_no_signed_request(
    kvs: Cloud, known: str | int, calls: int
) -> None:
    streams = KnownStreams(kvs.clock)
    streams.learn("door", {"LIST_FRAGMENTS": (known, kvs.clock.now)})
    asked_for = asked(kvs)

    DataEndpoints(kvs.kinesisvideo, lambda _: kvs.archived, known=streams).call(
        "door", "LIST_FRAGMENTS", fails("", 0)
    )

    assert len(asked_for) == calls
