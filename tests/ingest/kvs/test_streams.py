from datetime import timedelta

import pytest

from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.known_streams import RETENTION_GOOD_FOR
from ingest.kvs.streams import Streams
from tests.ingest.cloud import Cloud, at


def streams(kvs: Cloud) -> Streams:
    return kvs.dependencies().kvs.streams


def test_how_long_a_stream_keeps_its_video(kvs: Cloud) -> None:
    kvs.create_stream("none", retention_hours=0)

    assert streams(kvs).archive_retention("door") == timedelta(hours=24)
    assert streams(kvs).retention("none") == timedelta()
    with pytest.raises(StreamUnavailable, match="'none' cannot be read: it keeps no video"):
        streams(kvs).archive_retention("none")
    with pytest.raises(StreamUnavailable, match="'gone' cannot be read: it does not exist"):
        streams(kvs).retention("gone")


def test_a_stream_that_is_being_deleted(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"StreamInfo": {"Status": "DELETING", "DataRetentionInHours": 24}}
    monkeypatch.setattr(kvs.kinesisvideo, "describe_stream", lambda **_: info)

    with pytest.raises(StreamUnavailable, match="its status is DELETING"):
        streams(kvs).retention("door")


def test_a_change_is_noticed_in_time_and_without_a_call_for_each_pull(kvs: Cloud) -> None:
    calls: list[str] = []
    kvs.kinesisvideo.meta.events.register("before-call.*.DescribeStream", lambda **_: calls.append("asked"))
    kvs_readers = kvs.dependencies().kvs
    streams, most = kvs_readers.streams, int(RETENTION_GOOD_FOR.total_seconds())
    for seconds in range(0, most // 2, 30):
        kvs.clock.now = at(seconds)
        assert streams.retention("door") == timedelta(hours=24)
    assert len(calls) == 1
    kvs.set_retention("door", 0)

    kvs.clock.now = at(most)
    assert streams.retention("door") == timedelta()

    kvs.set_retention("door", 2)
    assert streams.retention("door") == timedelta()
    kvs_readers.known.forget("door")
    assert streams.retention("door") == timedelta(hours=2)
