"""DescribeStream and GetDataEndpoint: what the pull asks, and what it reads in the camera's item instead.

500 cameras are pulled against AWS's quota of 300 a second for the account; environments of the function come
and go, as after a deploy.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.aws.dynamodb import Item, to_item
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.readers import readers
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import PullDependencies
from ingest.pull.handler import utc_now
from ingest.pull.invocation import Invocation
from ingest.registry.items import from_registry_item, settings_item
from ingest.registry.registered import PullCursor, RegisteredCamera, StreamMemory
from ingest.registry.state_items import cursor_values
from tests.ingest.cloud import Cloud, at, camera
from tests.ingest.pull.test_camera import EVERY_10_S, always, pull_at

if TYPE_CHECKING:
    from ingest.aws.queues import MessageQueue
    from ingest.frames.bucket import FrameBucket
    from ingest.registry.table import CameraRegistry

CAMERAS = [f"camera-{number}" for number in range(500)]
QUOTA = 300
LOOKUPS = {"DescribeStream", "GetDataEndpoint"}


class _Raw(BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


class Account:
    """KVS with empty streams, and a quota of 300 lookups of each kind in a second of its own clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: Counter[str] = Counter()
        self.refused = 0
        self._second: Counter[tuple[str, int]] = Counter()

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def environment(self, items: "Items") -> PullDependencies:
        """What a fresh environment of the function has."""
        session = boto3.Session("stub", "stub", region_name="us-east-1")
        hook: Any = self._send
        session.events.register("before-send", hook)
        kvs = readers(session, 10, self.sleep)
        return PullDependencies(kvs, cast("FrameBucket", None), cast("MessageQueue", items))

    def _send(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.split(".")[2]
        self.calls[operation] += 1
        self._second[operation, int(self.now)] += 1
        if operation in LOOKUPS and self._second[operation, int(self.now)] > QUOTA:
            self.refused += 1
            headers = {"x-amzn-ErrorType": "ClientLimitExceededException"}
            return self._answer(request, 400, {}, headers)
        content = {
            "DescribeStream": {"StreamInfo": {"Status": "ACTIVE", "DataRetentionInHours": 24}},
            "GetDataEndpoint": {"DataEndpoint": "https://b-1.kinesisvideo.us-east-1.amazonaws.com"},
            "ListFragments": {"Fragments": []},
        }
        return self._answer(request, 200, content[operation], {})

    @staticmethod
    def _answer(request: Any, status: int, content: Any, headers: dict[str, str]) -> AWSResponse:
        all_headers: Any = HTTPHeaders.from_dict({"Content-Type": "application/json", **headers})
        return AWSResponse(request.url, status, all_headers, _Raw(json.dumps(content).encode()))


class Items:
    """The registry's items, written and read as the table does; no lease is contended, no notice is sent."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {
            camera_id: settings_item(camera(camera_id=camera_id, since=utc_now() - timedelta(seconds=9)))
            | to_item({"CameraId": camera_id})
            for camera_id in CAMERAS
        }

    def lease(self, camera_id: str, *_: Any) -> RegisteredCamera:
        return from_registry_item(self.items[camera_id])

    def record_cursor(self, camera_id: str, _owner: str, cursor: PullCursor, **_: Any) -> None:
        self.items[camera_id] |= to_item(cursor_values(cursor))

    def release(self, *_: Any, **__: Any) -> None:
        """Nobody waits for the lease."""

    def send(self, bodies: Iterable[str]) -> int:
        return len(list(bodies))


def pull_all(items: Items, environments: list[PullDependencies], now: datetime) -> None:
    """Pull each camera once, in one environment after the other."""
    invocation = Invocation("me", now, timedelta(minutes=5), always)
    for number, camera_id in enumerate(CAMERAS):
        dependencies = environments[number % len(environments)]
        pull_camera(cast("CameraRegistry", items), dependencies, camera_id, invocation)


def test_500_cameras_that_nobody_knows_are_pulled_within_the_quota() -> None:
    account, items = Account(), Items()

    pull_all(items, [account.environment(items) for _ in range(20)], utc_now())

    assert account.calls["ListFragments"] == 500
    assert account.refused > 0  # 500 at once are too many; they are asked again, and none fails
    assert account.calls["DescribeStream"] + account.calls["GetDataEndpoint"] == 1000 + account.refused
    assert account.now < 60  # s


def test_fresh_environments_ask_nothing_that_the_registry_knows() -> None:
    account, items = Account(), Items()
    now = utc_now()
    pull_all(items, [account.environment(items)], now)
    account.calls.clear()

    for minute in range(3):  # a deploy, or environments that come and go
        fresh = [account.environment(items) for _ in range(20)]
        pull_all(items, fresh, now + timedelta(seconds=20 * (minute + 1)))

    assert account.calls == {"ListFragments": 1500}


def lookups(kvs: Cloud) -> list[str]:
    """The operation names of all lookups from now on."""
    calls: list[str] = []
    for name in LOOKUPS:
        kvs.kinesisvideo.meta.events.register(
            f"before-call.*.{name}", lambda model, **_: calls.append(model.name)
        )
    return calls


def test_the_registry_keeps_what_kvs_said_and_when(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    calls = lookups(kvs)

    for seconds in (33, 63, 93):
        pull_at(kvs, seconds)  # each in a fresh environment

    assert sorted(calls) == ["DescribeStream", "GetDataEndpoint"]
    stream = kvs.registry.get("door").cursor.stream
    assert stream.stream_name == "door"
    assert stream.answers == {"RETENTION": (24, at(33)), "LIST_FRAGMENTS": (kvs.url, at(33))}


def test_another_stream_of_the_camera_is_asked_about_itself(kvs: Cloud) -> None:
    kvs.create_stream("new", retention_hours=2)
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 33)
    calls = lookups(kvs)

    before = kvs.registry.get("door")
    kvs.registry.change(before, replace(before.camera, stream_name="new"), at(40))
    pull_at(kvs, 63)

    assert sorted(calls) == ["DescribeStream", "GetDataEndpoint"]
    stream = kvs.registry.get("door").cursor.stream
    assert (stream.stream_name, stream.answers["RETENTION"]) == ("new", (2, at(63)))


@pytest.mark.parametrize("error", ["ResourceNotFoundException", "NotAuthorizedException"])
def test_a_stale_endpoint_of_the_registry_is_asked_for_again(kvs: Cloud, error: str) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 33)
    calls = lookups(kvs)
    kvs.server.faults.add(Fault(FaultKind.ERROR, api="ListFragments", error=error, times=1))

    pull_at(kvs, 63)  # in a fresh environment

    assert calls == ["GetDataEndpoint"]
    answers = kvs.registry.get("door").cursor.stream.answers
    assert answers == {"RETENTION": (24, at(33)), "LIST_FRAGMENTS": (kvs.url, at(63))}


def test_an_endpoint_of_the_registry_that_is_not_kvss_is_asked_for_again(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 33)
    gone = "http://127.0.0.1:9"
    kvs.registry.lease("door", "me", at(40), timedelta(seconds=1))
    cursor = kvs.registry.get("door").cursor
    answers = {**cursor.stream.answers, "LIST_FRAGMENTS": (gone, at(33))}
    kvs.registry.record_cursor("door", "me", replace(cursor, stream=replace(cursor.stream, answers=answers)))
    kvs.registry.release("door", "me")

    pull_at(kvs, 63)

    assert kvs.registry.get("door").cursor.stream.answers["LIST_FRAGMENTS"] == (kvs.url, at(63))


def test_an_error_of_the_stream_makes_the_next_pull_ask_again(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 33)
    kvs.server.faults.add(
        Fault(FaultKind.ERROR, api="ListFragments", error="ResourceNotFoundException", times=2)
    )
    with pytest.raises(StreamUnavailable, match="does not exist"):
        pull_at(kvs, 63)
    assert kvs.registry.get("door").cursor.stream == StreamMemory()

    kvs.set_retention("door", 1)
    pull_at(kvs, 93)
    assert kvs.registry.get("door").cursor.stream.answers["RETENTION"] == (1, at(93))


def test_a_throttled_stream_is_not_asked_about_again(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 33)
    calls = lookups(kvs)
    kvs.server.faults.add(
        Fault(FaultKind.ERROR, api="ListFragments", error="ClientLimitExceededException", times=4)
    )

    with pytest.raises(StreamUnavailable, match="KVS limits its calls"):
        pull_at(kvs, 63)
    pull_at(kvs, 93)

    assert calls == []
