from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import AUDIO, HEADER, START, VIDEO, fragment
from tests.infra.local.kvs.conftest import Clock
from tests.infra.local.kvs.raw import RawPutMedia, said

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

STORED = ["BUFFERING", "RECEIVED", "PERSISTED"]


@pytest.fixture
def stream(control: "KinesisVideoClient") -> str:
    return control.create_stream(StreamName="entrance", DataRetentionInHours=24)["StreamARN"]


def stored(url: str) -> dict[int, int]:
    """Producer time in ms -> length of each fragment in the stream."""
    client = boto3.client("kinesis-video-archived-media", endpoint_url=url)
    return {
        round(listed["ProducerTimestamp"].timestamp() * 1000): listed["FragmentLengthInMilliseconds"]
        for listed in client.list_fragments(StreamName="entrance")["Fragments"]
    }


def refused(url: str, **options: Any) -> tuple[int, str]:
    with RawPutMedia(url, **options) as connection:
        return connection.read_error()[:2]


@pytest.mark.usefixtures("stream")
def test_acknowledgements_come_while_the_body_still_flows(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as connection:
        status, headers = connection.read_head()
        acks = connection.acks()
        assert (status, headers["content-type"]) == (200, "application/json")
        connection.send(HEADER + fragment(START))
        assert said(acks, 1) == ["BUFFERING"]
        connection.send(fragment(START + 1000))
        assert said(acks, 3) == ["RECEIVED", "PERSISTED", "BUFFERING"]
        connection.finish()
        assert [ack["EventType"] for ack in acks] == ["RECEIVED", "PERSISTED"]


@pytest.mark.usefixtures("stream")
def test_an_acknowledgement_names_timecode_and_number(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START) + fragment(START + 1000))
        connection.finish()
        acks = list(connection.acks())

    assert {tuple(ack) for ack in acks} == {("EventType", "FragmentTimecode", "FragmentNumber")}
    assert [ack["FragmentTimecode"] for ack in acks] == [START] * 3 + [START + 1000] * 3
    first, second = acks[0]["FragmentNumber"], acks[3]["FragmentNumber"]
    assert len(first) == len(second) == 47
    assert int(first) < int(second)


@pytest.mark.usefixtures("stream")
def test_end_of_fragment_is_acknowledged_at_once_and_the_connection_stays_open(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START) + mkv.END_OF_FRAGMENT)
        assert said(acks, 3) == STORED
        connection.send(fragment(START + 5000) + mkv.END_OF_FRAGMENT)
        assert said(acks, 3) == STORED


@pytest.mark.usefixtures("stream")
def test_expect_100_is_answered_before_anything_is_sent(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url, {"Expect": "100-continue"}) as connection:
        assert connection.read_continue() == "HTTP/1.1 100 Continue"
        assert connection.read_head()[0] == 200


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="Host without port, hop-by-hop headers signed"),
        pytest.param({"headers": {"x-amz-security-token": "unsigned"}}, id="unsigned token"),
        pytest.param({"headers": {"user-agent": " spaces   inside "}}, id="spaces"),
        pytest.param(
            {"headers": {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "payload_hash": "UNSIGNED-PAYLOAD"},
            id="Java",
        ),
        pytest.param({"payload_hash": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, id="aws-sdk-java v1"),
        pytest.param({"path": "/putMedia?X-Amz-Expires=3600&a=%2F%20b"}, id="a query"),
    ],
)
def test_every_form_of_signature_that_clients_use_is_accepted(
    kvs: KvsServer, options: dict[str, Any]
) -> None:
    with RawPutMedia(kvs.url, **options) as connection:
        assert connection.read_head()[0] == 200


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize(
    ("options", "status", "name"),
    [
        ({"secret": "wrong"}, 403, "invalidsignatureexception"),
        ({"key": "nobody"}, 403, "unrecognizedclientexception"),
        ({"payload_hash": "0" * 64}, 403, "invalidsignatureexception"),
        ({"headers": {"x-amzn-stream-name": "exit"}}, 404, "resourcenotfoundexception"),
        ({"headers": {"x-amzn-stream-name": None}}, 400, "invalidargumentexception"),
        (
            {
                "headers": {
                    "x-amzn-stream-arn": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/entrance/1"
                }
            },
            400,
            "invalidargumentexception",
        ),
        ({"headers": {"x-amzn-fragment-timecode-type": "BOTH"}}, 400, "invalidargumentexception"),
        ({"headers": {"x-amzn-fragment-timecode-type": None}}, 400, "invalidargumentexception"),
        ({"headers": {"x-amzn-producer-start-timestamp": "yesterday"}}, 400, "invalidargumentexception"),
        (
            {
                "headers": {
                    "x-amzn-producer-start-timestamp": None,
                    "x-amzn-fragment-timecode-type": "RELATIVE",
                }
            },
            400,
            "invalidargumentexception",
        ),
        ({"path": "/putmedia"}, 404, "unknownoperationexception"),
    ],
)
def test_refusals(kvs: KvsServer, options: dict[str, Any], status: int, name: str) -> None:
    assert refused(kvs.url, **options) == (status, name)


def test_a_stream_by_its_arn(kvs: KvsServer, stream: str) -> None:
    with RawPutMedia(kvs.url, {"x-amzn-stream-name": None, "x-amzn-stream-arn": stream}) as connection:
        assert connection.read_head()[0] == 200


@pytest.mark.usefixtures("stream")
def test_a_connection_killed_in_mid_fragment_and_the_replay_leave_one_whole_copy(kvs: KvsServer) -> None:
    whole = fragment(START + 1000, (0, 40, 80, 120))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START) + whole[:-100])
        assert said(acks, 4) == [*STORED, "BUFFERING"]
    assert stored(kvs.url) == {START: 80}

    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + whole)
        connection.finish()
        assert [ack["EventType"] for ack in connection.acks()] == STORED
    assert stored(kvs.url) == {START: 80, START + 1000: 120}


@pytest.mark.usefixtures("stream")
def test_an_error_ends_the_response_while_the_client_still_sends(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START) + fragment(START))
        assert said(acks, 1) == ["BUFFERING"]
        *_, error = islice(acks, 3, 4)
        assert error.pop("FragmentNumber").isdigit()
        assert error == {
            "EventType": "ERROR",
            "FragmentTimecode": START,
            "ErrorCode": "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS",
            "ErrorId": 4004,
        }
        connection.send(fragment(START + 1000))
        assert list(acks) == []
        connection.finish()
    assert stored(kvs.url) == {START: 80}


@pytest.mark.usefixtures("stream")
def test_garbage_is_invalid_mkv_data(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(b"no Matroska at all")
        (error,) = connection.acks()

    assert error == {"EventType": "ERROR", "ErrorCode": "INVALID_MKV_DATA", "ErrorId": 4006}


@pytest.mark.usefixtures("stream")
def test_two_tracks(kvs: KvsServer) -> None:
    sound = mkv.simple_block(2, 20, b"aac", keyframe=True)
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(mkv.header([VIDEO, AUDIO]) + fragment(START) + sound + fragment(START + 1000) + sound)
        connection.finish()
        assert [ack["EventType"] for ack in connection.acks()] == [
            "BUFFERING",
            "RECEIVED",
            "PERSISTED",
            *STORED,
        ]


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize(
    ("start", "producer_ms"),
    [("1795393393.16", 1_795_393_393_016), ("1795393393.160", 1_795_393_393_160), ("0", 0)],
)
def test_relative_timecodes_count_from_the_start(kvs: KvsServer, start: str, producer_ms: int) -> None:
    headers = {"x-amzn-fragment-timecode-type": "RELATIVE", "x-amzn-producer-start-timestamp": start}
    with RawPutMedia(kvs.url, headers) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(7))
        connection.finish()
        assert {ack["FragmentTimecode"] for ack in connection.acks()} == {7}

    assert stored(kvs.url) == {producer_ms + 7: 80}


@pytest.mark.usefixtures("stream")
def test_negative_block_times(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START, (0, -100, 40)))
        connection.finish()
        assert said(connection.acks(), 3) == STORED

    assert stored(kvs.url) == {START: 40}


@pytest.mark.usefixtures("stream")
def test_thirty_silent_seconds_end_the_connection_with_idle(kvs: KvsServer, clock: Clock) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START) + mkv.END_OF_FRAGMENT + fragment(START + 1000))
        assert said(acks, 4) == [*STORED, "BUFFERING"]
        clock.offset += 31
        assert list(acks) == [{"EventType": "IDLE"}]

    assert stored(kvs.url) == {START: 80}


@pytest.mark.usefixtures("stream")
def test_a_connection_lives_45_minutes(kvs: KvsServer, clock: Clock) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START))
        assert said(acks, 1) == ["BUFFERING"]
        clock.offset += 45 * 60 + 1
        (error,) = acks

    assert (error["ErrorId"], error["ErrorCode"]) == (4003, "MAX_CONNECTION_DURATION_REACHED")


def test_a_deleted_stream_ends_its_connections(
    kvs: KvsServer, stream: str, control: "KinesisVideoClient"
) -> None:
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START))
        assert said(acks, 1) == ["BUFFERING"]
        control.delete_stream(StreamARN=stream)
        (error,) = acks

    assert (error["ErrorId"], error["FragmentTimecode"]) == (4008, START)
    assert refused(kvs.url) == (404, "resourcenotfoundexception")


@pytest.mark.parametrize(
    ("limits", "body", "error_id"),
    [
        ({"fragment_bytes": 1000}, fragment(START, (0, 40), size=600), 4001),
        ({"fragment_ms": 10_000}, fragment(START, (0, 10_001)), 4002),
        ({"fragment_tags": 1}, fragment(START) + mkv.tags({"a": "", "b": ""}), 4009),
        ({"tracks": 0}, fragment(START), 4012),
    ],
)
def test_limits_are_for_a_test_to_set(
    serve: Callable[..., KvsServer], limits: dict[str, int], body: bytes, error_id: int
) -> None:
    kvs = serve(**limits)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + body)
        *_, error = connection.acks()

    assert error["ErrorId"] == error_id


def test_without_retention_nothing_is_persisted(kvs: KvsServer, control: "KinesisVideoClient") -> None:
    control.create_stream(StreamName="entrance")
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START) + fragment(START + 1000))
        connection.finish()
        said_in_all = [ack["EventType"] for ack in connection.acks()]

    assert said_in_all == ["BUFFERING", "RECEIVED", "BUFFERING", "RECEIVED"]
    assert stored(kvs.url) == {}


@pytest.mark.usefixtures("stream")
def test_a_disk_without_room_is_an_archival_error_and_the_end(
    kvs: KvsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START) + fragment(START + 1000) + fragment(START + 2000))
        *_, received, error = connection.acks()

    assert received["EventType"] == "RECEIVED"
    assert (error["ErrorId"], error["FragmentTimecode"]) == (5001, START)
    assert error["FragmentNumber"] == received["FragmentNumber"]


@pytest.mark.usefixtures("stream")
def test_after_an_error_the_producer_ends_in_mid_fragment_and_sends_it_again_whole(kvs: KvsServer) -> None:
    failing = fragment(START + 1000, track=3)
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START) + failing + fragment(START + 2000)[:-60])
        connection.finish()
        assert [ack["EventType"] for ack in connection.acks()][-1] == "ERROR"
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + fragment(START + 2000) + mkv.END_OF_FRAGMENT)
        assert said(connection.acks(), 3) == STORED

    assert stored(kvs.url) == {START: 80, START + 2000: 80}


@pytest.mark.usefixtures("stream")
def test_two_connections_overlap_while_credentials_rotate_and_a_third_is_refused(kvs: KvsServer) -> None:
    with RawPutMedia(kvs.url) as old, RawPutMedia(kvs.url) as new:
        assert (old.read_head()[0], new.read_head()[0]) == (200, 200)
        assert refused(kvs.url) == (400, "connectionlimitexceededexception")
        old.send(HEADER + fragment(START) + mkv.END_OF_FRAGMENT)
        old.finish()
        assert [ack["EventType"] for ack in old.acks()] == STORED
        new.send(HEADER + fragment(START + 1000) + mkv.END_OF_FRAGMENT)
        assert said(new.acks(), 3) == STORED
        with RawPutMedia(kvs.url) as next_one:
            assert next_one.read_head()[0] == 200


@pytest.mark.parametrize("replace_oldest", [False, True])
def test_one_connection_as_aws_documents_it(serve: Callable[..., KvsServer], *, replace_oldest: bool) -> None:
    kvs = serve(connections=1, replace_oldest=replace_oldest)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    with RawPutMedia(kvs.url) as old:
        old.read_head()
        if not replace_oldest:
            assert refused(kvs.url) == (400, "connectionlimitexceededexception")
        else:
            with RawPutMedia(kvs.url) as new:
                assert new.read_head()[0] == 200
                assert [ack["ErrorId"] for ack in old.acks()] == [4003]


SMALL = HEADER + fragment(START, (0, 40), size=3) + mkv.tags({"a": "b"})


def test_a_body_killed_at_any_byte_stores_nothing(serve: Callable[..., KvsServer]) -> None:
    kvs = serve(connections=len(SMALL))  # the service notices each abort a moment later
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    for length in range(1, len(SMALL) + 1):
        with RawPutMedia(kvs.url) as connection:
            assert connection.read_head()[0] == 200
            connection.send(SMALL[:length])

    assert stored(kvs.url) == {}


@pytest.mark.usefixtures("stream")
def test_a_body_cut_at_any_byte_but_ended_cleanly_is_answered_to_its_end(kvs: KvsServer) -> None:
    outcomes = set()
    for length in range(1, len(SMALL) + 1):
        with RawPutMedia(kvs.url) as connection:
            connection.read_head()
            connection.send(SMALL[:length])
            connection.finish()
            outcomes.add(tuple(ack.get("ErrorId", ack["EventType"]) for ack in connection.acks()))

    assert outcomes == {(), (4006,), (4011,), ("BUFFERING", 4006), ("BUFFERING", 4011), tuple(STORED)}
