from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import HEADER, START, fragment
from tests.infra.local.kvs.raw import RawPutMedia, said
from tests.infra.local.kvs.talk import QUIET, stored

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

STORED = ["BUFFERING", "RECEIVED", "PERSISTED"]
THREE = HEADER + fragment(START) + fragment(START + 1000) + fragment(START + 2000)


@pytest.fixture(autouse=True)
def _stream(control: "KinesisVideoClient") -> None:
    control.create_stream(StreamName="entrance", DataRetentionInHours=1)


def acks(kvs: KvsServer, body: bytes = THREE) -> list[dict[str, Any]]:
    """All acknowledgements of a connection with this body."""
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(body)
        connection.finish()
        return list(connection.acks())


def until_cut(acks: Iterator[dict[str, Any]]) -> list[str]:
    """The acknowledgements before the service breaks the connection."""
    types: list[str] = []
    with pytest.raises((EOFError, ConnectionError)):
        types.extend(ack["EventType"] for ack in acks)
    return types


@pytest.mark.parametrize("error", list(IngestError))
def test_every_error_id_at_a_fragment_and_the_connection_ends(kvs: KvsServer, error: IngestError) -> None:
    kvs.faults.add(Fault(FaultKind.ERROR_ACK, error_id=error.value, fragment=2))

    told = acks(kvs)

    before = [*STORED, "BUFFERING"] + (["RECEIVED"] if error is IngestError.ARCHIVAL_ERROR else [])
    assert [ack["EventType"] for ack in told] == [*before, "ERROR"]
    assert told[-1] == {
        "EventType": "ERROR",
        "FragmentTimecode": START + 1000,
        "FragmentNumber": told[3]["FragmentNumber"],
        "ErrorCode": error.name,
        "ErrorId": error.value,
    }
    assert stored(kvs) == [0]


def test_any_fragment_counts_where_none_is_named(kvs: KvsServer) -> None:
    fault = Fault(FaultKind.ERROR_ACK, error_id=5000, after=4)
    kvs.faults.add(fault)

    assert [ack["EventType"] for ack in acks(kvs)] == STORED * 3
    assert [ack["EventType"] for ack in acks(kvs)] == [*STORED, "BUFFERING", "ERROR"]
    assert kvs.faults.struck == {fault: 1}


def test_dropped_in_the_middle_of_a_fragment(kvs: KvsServer) -> None:
    kvs.faults.add(Fault(FaultKind.DROP, fragment=2))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(THREE)
        until_cut(connection.acks())

    assert stored(kvs) == [0]
    assert [ack["EventType"] for ack in acks(kvs, HEADER + fragment(START + 1000))] == STORED


@pytest.mark.parametrize("place", range(1, len(THREE), 37))
def test_dropped_at_any_byte_of_the_body_what_came_before_it_is_there(kvs: KvsServer, place: int) -> None:
    kvs.faults.add(Fault(FaultKind.DROP, body_bytes=place))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(THREE)
        until_cut(connection.acks())

    ends = [len(HEADER) + len(fragment(START)) * number for number in (1, 2)]
    assert stored(kvs) == [1000 * number for number, end in enumerate(ends) if place >= end + 5]


@pytest.mark.parametrize(("beyond", "kept"), [(4, []), (5, [0])])
def test_a_place_in_the_body_is_counted_from_its_beginning(
    kvs: KvsServer, beyond: int, kept: list[int]
) -> None:
    kvs.faults.add(Fault(FaultKind.STALL, body_bytes=50, seconds=0))
    kvs.faults.add(Fault(FaultKind.DROP, body_bytes=len(HEADER) + len(fragment(START)) + beyond))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(THREE)
        until_cut(connection.acks())

    assert stored(kvs) == kept
    assert list(kvs.faults.struck.values()) == [1, 1]


def test_dropped_while_it_acknowledges(kvs: KvsServer) -> None:
    kvs.faults.add(Fault(FaultKind.DROP, api="PutMedia", answer_bytes=400))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(THREE)
        told = until_cut(connection.acks())

    assert told
    assert len(told) < 9


def test_stalled_at_a_fragment_all_goes_on_afterwards(kvs: KvsServer) -> None:
    kvs.faults.add(Fault(FaultKind.STALL, seconds=0.2, fragment=2))

    assert [ack["EventType"] for ack in acks(kvs)] == STORED * 3
    assert stored(kvs) == [0, 1000, 2000]


@pytest.mark.parametrize("reads", [True, False])
def test_half_open_at_a_fragment(kvs: KvsServer, *, reads: bool) -> None:
    kvs.faults.add(Fault(FaultKind.HALF_OPEN, fragment=2, reads=reads))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        told = connection.acks()
        connection.send(THREE)
        assert said(told, 4) == [*STORED, "BUFFERING"]
        assert connection.is_quiet(QUIET)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(FaultKind.WITHHOLD, times=None), []),
        (Fault(FaultKind.WITHHOLD, acks=("PERSISTED",), times=None), ["BUFFERING", "RECEIVED"] * 3),
        (Fault(FaultKind.WITHHOLD, fragment=2, times=None), STORED * 2),
        (Fault(FaultKind.WITHHOLD, acks=("PERSISTED",), fragment=3), [*STORED * 2, "BUFFERING", "RECEIVED"]),
        (Fault(FaultKind.WITHHOLD, after=3, times=None), STORED),
    ],
)
def test_acknowledgements_withheld_while_the_fragments_are_stored(
    kvs: KvsServer, fault: Fault, told: list[str]
) -> None:
    kvs.faults.add(fault)

    assert [ack["EventType"] for ack in acks(kvs)] == told
    assert stored(kvs) == [0, 1000, 2000]


def test_a_stale_connection_is_left_and_everything_replayed(kvs: KvsServer) -> None:
    kvs.faults.add(Fault(FaultKind.WITHHOLD, after=3, times=4))
    with RawPutMedia(kvs.url) as stale:
        stale.read_head()
        told = stale.acks()
        stale.send(HEADER + fragment(START) + fragment(START + 1000) + fragment(START + 2000))
        assert said(told, 3) == STORED
        assert stale.is_quiet(QUIET)
    assert [ack["EventType"] for ack in islice(acks(kvs, HEADER + fragment(START + 1000)), 3)] == STORED
    assert stored(kvs) == [0, 1000, 1000]  # KVS removes no duplicates


def test_two_streams_have_faults_of_their_own(kvs: KvsServer, control: "KinesisVideoClient") -> None:
    control.create_stream(StreamName="exit", DataRetentionInHours=1)
    kvs.faults.add(Fault(FaultKind.ERROR_ACK, error_id=5000, stream="exit"))

    assert [ack["EventType"] for ack in acks(kvs)] == STORED * 3
    with RawPutMedia(kvs.url, {"x-amzn-stream-name": "exit"}) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START) + mkv.END_OF_FRAGMENT)
        assert said(connection.acks(), 2) == ["BUFFERING", "ERROR"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("InvalidArgumentException", 400),
        ("AccessDeniedException", 403),
        ("ResourceNotFoundException", 404),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
    ],
)
def test_refused_once_then_taken(kvs: KvsServer, error: str, status: int) -> None:
    kvs.faults.add(Fault(FaultKind.ERROR, api="PutMedia", error=error))
    with RawPutMedia(kvs.url) as connection:
        connection.send(THREE)
        assert connection.read_error()[:2] == (status, error.lower())

    assert [ack["EventType"] for ack in acks(kvs)] == STORED * 3
