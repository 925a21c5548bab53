"""Kinesis Video Streams: what gateways have sent, as a formula; its calls with their quotas."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from ingest.kvs import mkv
from ingest.kvs.video import ListedFragment, Track
from ingest.times import from_millis, nearest_millis
from tests.ingest.video import service_tags
from tests.scale.calls import Calls, Throttle, error

FRAGMENT = 5.0
"""Seconds of a fragment."""
ON_THE_WAY = 0.4
"""Seconds from a frame to KVS."""
INDEXED = 0.8
"""Seconds from the last byte of a fragment until it is listed."""
BACKLOG_STEP = 0.25
"""After an outage a gateway sends the oldest first, four fragments a second (docs/gateway.md)."""
PHASES = 10
"""The streams' fragments begin at so many different times."""
SIZE = 1_000_000
HOST = "https://b-1.kinesisvideo.us-east-1.amazonaws.com"
ACCOUNT_LOOKUPS, STREAM_CALLS, POINTS, MEDIA_POINTS = 300.0, 5.0, 10_000.0, 500.0
"""The page "Amazon Kinesis Video Streams service quotas"."""

_HEADER = mkv.header([Track(1, "V_MPEG4/ISO/AVC", b"private", 1920, 1080)])
_BLOCK = mkv.simple_block(1, 0, b"\0\0\0\1e", keyframe=True)


@dataclass
class Streams:
    """All streams; `outage` is the span in which nothing reaches KVS."""

    lookups: dict[str, Throttle]
    outage: tuple[float, float] = (0.0, 0.0)
    since: float = 0.0
    _throttles: dict[tuple[str, str], Throttle] = field(default_factory=dict)

    def arrival(self, start: float) -> float:
        """When the fragment that starts at a time began to arrive; never earlier than the one before."""
        begun, ended = self.outage
        live = start + ON_THE_WAY
        if start < begun or not ended:
            return live
        return max(live, ended + (start - begun) / FRAGMENT * BACKLOG_STEP)

    def throttle(self, clock: Any, stream: str, kind: str, rate: float) -> Throttle:
        """The quota of a stream's calls."""
        key = (stream, kind)
        if key not in self._throttles:
            self._throttles[key] = Throttle(clock, rate, rate)
        return self._throttles[key]


class ControlPlane:
    """boto3's client of kinesisvideo."""

    meta = SimpleNamespace(endpoint_url="https://kinesisvideo.us-east-1.amazonaws.com")

    def __init__(self, calls: Calls, streams: Streams) -> None:
        self._calls = calls
        self._streams = streams

    def describe_stream(self, **_: Any) -> dict[str, Any]:
        """A stream that keeps a day."""
        info = {"StreamInfo": {"Status": "ACTIVE", "DataRetentionInHours": 24}}
        return self._calls.call("DescribeStream", lambda: self._limited("DescribeStream", info))

    def get_data_endpoint(self, **_: Any) -> dict[str, Any]:
        """The host of a stream."""
        answer = {"DataEndpoint": HOST}
        return self._calls.call("GetDataEndpoint", lambda: self._limited("GetDataEndpoint", answer))

    def _limited(self, operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        if not self._streams.lookups[operation].take():
            raise error("ClientLimitExceededException", 400)
        return answer


class ArchivedMedia:
    """boto3's client of kinesis-video-archived-media."""

    def __init__(self, calls: Calls, streams: Streams) -> None:
        self._calls = calls
        self._streams = streams

    def list_fragments(self, **asked: Any) -> dict[str, Any]:
        """The fragments that began to arrive in a span and are complete; at most a page of a thousand."""
        name = asked["StreamName"]
        span = asked["FragmentSelector"]["TimestampRange"]

        def act() -> dict[str, Any]:
            self._limit(name, "list", STREAM_CALLS, 1)
            self._limit(name, "points", POINTS, asked["MaxResults"])
            return {"Fragments": self._listed(name, span["StartTimestamp"], span["EndTimestamp"])}

        return self._calls.call("ListFragments", act)

    def get_media_for_fragment_list(self, **asked: Any) -> dict[str, Any]:
        """The documents of some fragments."""

        def act() -> dict[str, Any]:
            self._limit(asked["StreamName"], "media", STREAM_CALLS, 1)
            self._limit(asked["StreamName"], "media points", MEDIA_POINTS, len(asked["Fragments"]))
            return {"Payload": _Payload([_document(number) for number in asked["Fragments"]])}

        return self._calls.call("GetMediaForFragmentList", act)

    def _limit(self, stream: str, kind: str, rate: float, amount: float) -> None:
        if not self._streams.throttle(self._calls.clock, stream, kind, rate).take(amount):
            raise error("ClientLimitExceededException", 400)

    def _listed(self, stream: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        streams, now = self._streams, self._calls.clock.now
        phase = phase_of(stream)
        indices = range(round(streams.since / FRAGMENT), round(now / FRAGMENT) + 1)

        def arrived(index: int) -> float:
            return streams.arrival(index * FRAGMENT + phase)

        first = bisect_left(indices, start.timestamp(), key=arrived)
        complete = min(end.timestamp(), now - FRAGMENT - INDEXED)
        last = bisect_right(indices, complete, key=arrived)
        return [
            _fragment(round((index * FRAGMENT + phase) * 1000), arrived(index))
            for index in indices[first:last]
        ]


def phase_of(stream: str) -> float:
    """How long after a multiple of FRAGMENT the fragments of a stream begin."""
    return int(stream.rpartition("-")[2]) % PHASES * FRAGMENT / PHASES


@lru_cache(100_000)
def _fragment(start_ms: int, arrived: float) -> dict[str, Any]:
    return {
        "FragmentNumber": str(start_ms),
        "FragmentSizeInBytes": SIZE,
        "ProducerTimestamp": datetime.fromtimestamp(start_ms / 1000, UTC),
        "ServerTimestamp": datetime.fromtimestamp(arrived, UTC),
        "FragmentLengthInMilliseconds": round(FRAGMENT * 1000) - 40,
    }


def listed(fragment: dict[str, Any]) -> ListedFragment:
    """Stands in for the reader of ListFragments' answers, which are the same for many streams."""
    return _listed(fragment["FragmentNumber"], fragment["ServerTimestamp"])


@lru_cache(100_000)
def _listed(number: str, arrived: datetime) -> ListedFragment:
    length = timedelta(seconds=FRAGMENT) - timedelta(milliseconds=40)
    return ListedFragment(number, from_millis(int(number)), nearest_millis(arrived), length, SIZE)


def _document(number: str) -> bytes:
    return _HEADER + service_tags(number, int(number)) + mkv.cluster(int(number)) + _BLOCK


class _Payload:
    def __init__(self, documents: Sequence[bytes]) -> None:
        self._documents = documents

    def iter_chunks(self, _: int) -> Iterator[bytes]:
        """All documents."""
        yield from self._documents

    def close(self) -> None:
        """Nothing is open."""


def lookups(clock: Any) -> dict[str, Throttle]:
    """The account's quotas of lookups."""
    return defaultdict(lambda: Throttle(clock, ACCOUNT_LOOKUPS, ACCOUNT_LOOKUPS))
