import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from infra.local.kvs.faults.transport import FaultyTransport
from infra.local.kvs.routes import OPERATIONS
from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import HEADER, START, fragment
from tests.infra.local.kvs.raw import RawCall, RawPutMedia, put
from tests.infra.local.kvs.talk import QUIET

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

BIG_BLOCK = mkv.simple_block(1, 0, b"\0" * 65536, keyframe=True)
ONCE = Config(retries={"total_max_attempts": 1})
DESCRIBE = json.dumps({"StreamName": "entrance"}).encode()


@pytest.fixture
def client(control: "KinesisVideoClient") -> "KinesisVideoClient":
    control.create_stream(StreamName="entrance", DataRetentionInHours=1)
    return boto3.client("kinesisvideo", config=ONCE)


def describe(kvs: KvsServer) -> RawCall:
    return RawCall(kvs.url, "/describeStream", DESCRIBE, {"connection": "close"})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ClientLimitExceededException", 400),
        ("ThrottlingException", 400),
        ("InvalidArgumentException", 400),
        ("NotAuthorizedException", 401),
        ("AccessDeniedException", 403),
        ("ExpiredTokenException", 403),
        ("ResourceNotFoundException", 404),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
    ],
)
def test_an_http_error_is_what_boto3_knows_it_as(
    client: "KinesisVideoClient", kvs: KvsServer, error: str, status: int
) -> None:
    kvs.faults.add(Fault(FaultKind.ERROR, api="DescribeStream", error=error))

    with pytest.raises(ClientError) as raised:
        client.describe_stream(StreamName="entrance")

    answer = raised.value.response
    assert answer["Error"]["Code"] == error
    assert answer["Error"]["Message"] == "An injected fault."
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["ResponseMetadata"]["RequestId"]
    assert client.describe_stream(StreamName="entrance")


def test_an_error_strikes_its_stream_and_its_api_alone(client: "KinesisVideoClient", kvs: KvsServer) -> None:
    arn = client.create_stream(StreamName="exit")["StreamARN"]
    fault = Fault(FaultKind.ERROR, api="DescribeStream", stream="exit", error="InternalFailure", times=None)
    kvs.faults.add(fault)

    client.describe_stream(StreamName="entrance")
    client.list_tags_for_stream(StreamARN=arn)
    for call in ({"StreamName": "exit"}, {"StreamARN": arn}):
        with pytest.raises(ClientError, match="InternalFailure"):
            client.describe_stream(**call)
    assert kvs.faults.struck == {fault: 2}


def test_boto3_itself_tries_again_after_an_error_that_passes(
    client: "KinesisVideoClient", kvs: KvsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))  # its backoff
    fault = Fault(FaultKind.ERROR, api="ListStreams", error="ServiceUnavailable", after=1)
    kvs.faults.add(fault)
    patient = boto3.client("kinesisvideo")

    assert [len(patient.list_streams()["StreamInfoList"]) for _ in range(2)] == [1, 1]
    assert kvs.faults.struck == {fault: 1}


def test_a_call_dropped_before_it_is_worked_on(client: "KinesisVideoClient", kvs: KvsServer) -> None:
    kvs.faults.add(Fault(FaultKind.DROP, api="CreateStream"))

    with pytest.raises(ConnectionClosedError):
        client.create_stream(StreamName="exit")

    assert len(client.list_streams()["StreamInfoList"]) == 1


def test_a_call_that_is_done_but_its_answer_lost(client: "KinesisVideoClient", kvs: KvsServer) -> None:
    kvs.faults.add(Fault(FaultKind.DROP, api="CreateStream", answer_bytes=0))

    with pytest.raises(ConnectionClosedError):
        client.create_stream(StreamName="exit")

    assert len(client.list_streams()["StreamInfoList"]) == 2


def test_an_answer_cut_after_some_bytes(client: "KinesisVideoClient", kvs: KvsServer) -> None:
    with describe(kvs) as call:
        whole = call.read()
    kvs.faults.add(Fault(FaultKind.DROP, api="DescribeStream", answer_bytes=len(whole) - 10))
    with describe(kvs) as call:
        cut = call.read()

    assert len(cut) == len(whole) - 10
    assert whole.startswith(b"HTTP/1.1 200")
    assert cut.partition(b"\r\n\r\n")[2] == whole.partition(b"\r\n\r\n")[2][:-10]


@pytest.mark.parametrize("api", sorted(OPERATIONS))
def test_every_api_can_be_refused_and_dropped(kvs: KvsServer, api: str) -> None:
    kvs.faults.add(Fault(FaultKind.ERROR, api=api, stream="entrance", error="ServiceUnavailable"))
    kvs.faults.add(Fault(FaultKind.DROP, api=api))
    path = f"/{api[0].lower()}{api[1:]}"
    answers = []
    for _ in range(2):
        with RawCall(kvs.url, path, DESCRIBE, {"connection": "close"}) as call:
            answers.append(call.read())

    assert answers[0].startswith(b"HTTP/1.1 503 ")
    assert answers[1] == b""


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/getMedia", {"StartSelector": {"StartSelectorType": "EARLIEST"}}),
        ("/getMediaForFragmentList", {"Fragments": ["1"]}),
        ("/listFragments", {}),
        (
            "/getImages",
            {
                "ImageSelectorType": "PRODUCER_TIMESTAMP",
                "StartTimestamp": START / 1000,
                "EndTimestamp": START / 1000 + 1,
                "Format": "JPEG",
            },
        ),
    ],
)
@pytest.mark.usefixtures("client")
def test_answers_with_media_are_cut_after_any_byte(
    kvs: KvsServer, path: str, more: dict[str, object]
) -> None:
    put(kvs.url, START)
    body = json.dumps({"StreamName": "entrance", **more}).encode()
    for length in (0, 1, 17, 150, 250):
        fault = Fault(FaultKind.DROP, api=path[1].upper() + path[2:], answer_bytes=length)
        kvs.faults.add(fault)
        with RawCall(kvs.url, path, body) as call:
            assert len(call.read()) == length
        assert kvs.faults.struck[fault] == 1


def test_an_answer_that_does_not_get_there_is_not_struck(
    client: "KinesisVideoClient", kvs: KvsServer
) -> None:
    with describe(kvs) as call:
        longer = len(call.read()) + 100
    fault = Fault(FaultKind.DROP, api="DescribeStream", answer_bytes=longer)
    kvs.faults.add(fault)

    for _ in range(3):  # on the same connection: the fault leaves no trace
        assert client.describe_stream(StreamName="entrance")
    assert kvs.faults.struck == {fault: 0}


@pytest.mark.parametrize("place", [{}, {"answer_bytes": 0}, {"answer_bytes": 20}])
def test_a_stalled_answer_comes_whole_but_late(
    client: "KinesisVideoClient", kvs: KvsServer, place: dict[str, int]
) -> None:
    kvs.faults.add(
        Fault(FaultKind.STALL, api="DescribeStream", seconds=0.1, answer_bytes=place.get("answer_bytes"))
    )
    started = time.monotonic()

    assert client.describe_stream(StreamName="entrance")["StreamInfo"]["StreamName"] == "entrance"
    assert time.monotonic() - started >= 0.1
    assert client.describe_stream(StreamName="entrance")["StreamInfo"]["StreamName"] == "entrance"


@pytest.mark.parametrize("reads", [True, False])
def test_a_half_open_connection_says_nothing_and_does_not_end(
    client: "KinesisVideoClient", kvs: KvsServer, *, reads: bool
) -> None:
    kvs.faults.add(Fault(FaultKind.HALF_OPEN, api="DescribeStream", reads=reads))

    with describe(kvs) as call, pytest.raises(TimeoutError):
        call.read(QUIET)
    assert client.describe_stream(StreamName="entrance")


@pytest.mark.parametrize("reads", [True, False])
def test_an_answer_that_stops_for_good(client: "KinesisVideoClient", kvs: KvsServer, *, reads: bool) -> None:
    kvs.faults.add(Fault(FaultKind.HALF_OPEN, api="DescribeStream", answer_bytes=15, reads=reads))

    with describe(kvs) as call:
        assert call.socket.recv(100) == b"HTTP/1.1 200 OK"
        with pytest.raises(TimeoutError):
            call.read(QUIET)
    assert client.describe_stream(StreamName="entrance")


@pytest.mark.parametrize("place", [None, 0, 100])
@pytest.mark.parametrize("reads", [True, False])
def test_how_much_of_a_body_a_half_open_connection_takes(
    client: "KinesisVideoClient", kvs: KvsServer, place: int | None, *, reads: bool
) -> None:
    kvs.faults.add(Fault(FaultKind.HALF_OPEN, api="PutMedia", reads=reads, answer_bytes=place))
    much = 32 * 1024 * 1024

    with RawPutMedia(kvs.url) as connection:
        connection.send(HEADER + mkv.cluster(START))
        sent = connection.send_for(QUIET if not reads else 10.0, BIG_BLOCK, much)
    assert (sent == much) is reads


def test_a_stalled_answer_holds_back_its_writer(
    client: "KinesisVideoClient", kvs: KvsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send_all(HEADER + fragment(START, (0, 40), size=400_000), 65536)
        connection.finish()
        numbers = [ack["FragmentNumber"] for ack in connection.acks() if ack["EventType"] == "PERSISTED"]
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    held: list[int] = []
    hold = FaultyTransport._hold

    def watched(self: FaultyTransport, data: bytes) -> None:
        held.append(len(data))
        hold(self, data)

    def payload() -> bytes:
        answer = archive.get_media_for_fragment_list(StreamName="entrance", Fragments=numbers * 5)
        return answer["Payload"].read()

    whole = payload()
    fault = Fault(FaultKind.STALL, api="GetMediaForFragmentList", seconds=0.3, answer_bytes=1_000_000)
    kvs.faults.add(fault)
    monkeypatch.setattr(FaultyTransport, "_hold", watched)

    assert payload() == whole
    assert len(whole) > 4_000_000
    assert 0 < sum(held) < 1_000_000  # no more than the fragment in which it struck
    assert kvs.faults.struck == {fault: 1}


def test_several_faults_of_one_call_strike_in_turn(client: "KinesisVideoClient", kvs: KvsServer) -> None:
    stall = Fault(FaultKind.STALL, api="DescribeStream", seconds=0.01)
    error = Fault(FaultKind.ERROR, api="DescribeStream", error="InternalFailure")
    cut = Fault(FaultKind.DROP, api="DescribeStream", answer_bytes=0, after=1)
    for fault in (stall, error, cut):
        kvs.faults.add(fault)

    with pytest.raises(ClientError, match="InternalFailure"):
        client.describe_stream(StreamName="entrance")
    assert client.describe_stream(StreamName="entrance")
    with pytest.raises(ConnectionClosedError):
        client.describe_stream(StreamName="entrance")
    assert list(kvs.faults.struck.values()) == [1, 1, 1]


def test_a_stop_does_not_wait_for_half_open_connections(kvs: KvsServer) -> None:
    for reads in (True, False):
        kvs.faults.add(Fault(FaultKind.HALF_OPEN, api="PutMedia", reads=reads))
    with RawPutMedia(kvs.url) as first, RawPutMedia(kvs.url) as second:
        first.send(b"x")
        kvs.stop()
        for connection in (first, second):
            with pytest.raises((EOFError, ConnectionError)):
                connection.read_head()
