from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.aws.dynamodb import to_item
from ingest.aws.environ import MissingVariable
from ingest.aws.handlers import started_once
from ingest.frames.messages import PullRequest
from ingest.registry.camera import Source
from ingest.registry.live_reading import BUFFER_BYTES, BUFFER_TIME, FASTEST
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.schedule import is_pull_due, start
from ingest.times import to_text
from tests.ingest.cloud import Cloud, at, camera
from tests.ingest.connections import connections

MINUTE = timedelta(minutes=1)
SECONDS = timedelta(seconds=5)  # a pull begins after its tick
NOW = at(6000)  # a Tuesday, 23:55 UTC
EVERY_5_MIN = Sampling()
SELDOM = Sampling(sample_every=840)  # next at 6060
CLOSED = Sampling(opening_hours=parse("wed 09:00-20:00"))
CLOSED_SINCE_20 = Sampling(opening_hours=parse("tue 09:00-20:00"))
DISABLED = Sampling(enabled=False)


def pulled(
    ago: timedelta,
    *,
    pending: bool = False,
    after: str | None = None,
    rate: int | None = None,
    **changes: Any,
) -> RegisteredCamera:
    cursor = PullCursor(NOW - ago, pending=pending, after=after, rate=rate)
    return RegisteredCamera(camera(**changes), cursor=cursor)


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        pytest.param(RegisteredCamera(camera()), True, id="never pulled"),
        pytest.param(pulled(4 * MINUTE), True, id="an instant is due right now"),
        pytest.param(pulled(timedelta()), False, id="nothing became due"),
        pytest.param(pulled(timedelta(), pending=True), True, id="video is waited for"),
        pytest.param(pulled(14 * MINUTE, sampling=CLOSED), False, id="closed, pulled lately"),
        pytest.param(pulled(16 * MINUTE, sampling=CLOSED), True, id="closed, late video may come"),
        pytest.param(pulled(16 * MINUTE, sampling=DISABLED), False, id="disabled long ago"),
        pytest.param(pulled(4 * MINUTE, after="1", sampling=SELDOM), True, id="KVS would forget it soon"),
        pytest.param(pulled(3 * MINUTE, after="1", sampling=SELDOM), False, id="KVS still holds it"),
        pytest.param(
            pulled(4 * MINUTE - SECONDS, after="1", sampling=SELDOM), True, id="the tick after five"
        ),
        pytest.param(
            pulled(MINUTE, after="1", rate=FASTEST, sampling=SELDOM), True, id="200 MB in 2 minutes"
        ),
        pytest.param(pulled(MINUTE, after="1", rate=10**7, sampling=SELDOM), True, id="200 MB in 20 seconds"),
        pytest.param(
            pulled(MINUTE, after="1", rate=10**6, sampling=SELDOM), False, id="200 MB in 200 seconds"
        ),
        pytest.param(pulled(2 * MINUTE, after="1", rate=10**6, sampling=SELDOM), True, id="the same, later"),
        pytest.param(
            pulled(3 * MINUTE, after="1", rate=10**5, sampling=SELDOM), False, id="5 minutes are less"
        ),
        pytest.param(pulled(4 * MINUTE, sampling=SELDOM), False, id="KVS keeps it"),
        pytest.param(pulled(5 * MINUTE, after="1", sampling=CLOSED), False, id="closed, nothing to be lost"),
        pytest.param(pulled(5 * MINUTE, after="1", sampling=DISABLED), False, id="disabled, the same"),
        pytest.param(RegisteredCamera(camera(source=Source.PUSH, stream_name=None)), False, id="push"),
        pytest.param(RegisteredCamera(camera(since=NOW + MINUTE)), False, id="before its first moment"),
    ],
)
def test_which_cameras_are_pulled(registered: RegisteredCamera, expected: bool) -> None:
    assert is_pull_due(registered, NOW) is expected


@pytest.mark.parametrize("rate", [None, 100_000, 700_000, 900_000, 1_250_000, FASTEST])
def test_a_stream_without_retention_is_read_before_its_buffer_is_full(rate: int | None) -> None:
    until = NOW + SECONDS
    for minute in range(1, 60):
        now = NOW + minute * MINUTE
        cursor = PullCursor(until, after="1", rate=rate)
        if is_pull_due(RegisteredCamera(camera(sampling=SELDOM), cursor=cursor), now):
            begins = now + 2 * SECONDS
            assert begins - until < BUFFER_TIME
            assert (begins - until).total_seconds() * (rate or 0) <= BUFFER_BYTES
            until = begins
    assert until > NOW + 55 * MINUTE


def test_a_camera_disabled_today_is_still_asked_for_late_video() -> None:
    disabled = camera().with_sampling(DISABLED, at(3000))

    assert is_pull_due(RegisteredCamera(disabled, cursor=PullCursor(NOW - 16 * MINUTE)), NOW)
    day_later = NOW + timedelta(days=1, hours=1)
    assert not is_pull_due(RegisteredCamera(disabled, cursor=PullCursor(day_later - 16 * MINUTE)), day_later)


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_the_nights_of_the_clock_change(night: str) -> None:
    """A shop is open 02:30-03:30 local time while the clock changes: pulled only when an instant is due."""
    hours = Sampling(sample_every=300, time_zone="Europe/Berlin", opening_hours=parse("sun 02:30-03:30"))
    midnight = datetime.fromisoformat(f"{night}T00:00:00Z")
    cam = camera(since=midnight - timedelta(days=1), sampling=hours)
    asked = [
        now
        for minute in range(240)
        if is_pull_due(
            RegisteredCamera(cam, cursor=PullCursor((now := midnight + minute * MINUTE) - MINUTE)), now
        )
    ]

    assert asked == list(cam.due(midnight, midnight + 240 * MINUTE))
    # In spring 02:30-03:00 does not exist, in autumn it exists twice.
    assert len(asked) == (6 if night == "2026-03-29" else 18)


def environ(kvs: Cloud) -> dict[str, str]:
    return {"CAMERA_TABLE": "cameras", "PULL_QUEUE_URL": kvs.pull_queue}


def test_a_tick(kvs: Cloud, caplog: pytest.LogCaptureFixture, context: Any) -> None:
    for number in range(25):
        kvs.registry.add(camera(camera_id=f"camera-{number}"))
    kvs.registry.add(camera(camera_id="pushed", source=Source.PUSH, stream_name=None))
    kvs.dynamodb.put_item(TableName="cameras", Item=to_item({"CameraId": "broken", "StoreId": "berlin"}))

    answer = start(environ(kvs))({"time": to_text(at(60))}, context)

    bodies = kvs.bodies(kvs.pull_queue)
    assert sorted(PullRequest.from_body(body).camera_id for body in bodies) == sorted(
        f"camera-{number}" for number in range(25)
    )
    assert answer == {"asked": 25, "unreadable": 1}


def test_an_empty_registry(kvs: Cloud, context: Any) -> None:
    assert start(environ(kvs))({"time": to_text(at(60))}, context) == {"asked": 0, "unreadable": 0}


def test_the_handler_starts_once(kvs: Cloud, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ(kvs).items():
        monkeypatch.setenv(name, value)
    handler = started_once(start)
    assert handler({"time": to_text(at(60))}, context)["asked"] == 0
    monkeypatch.delenv("CAMERA_TABLE")
    assert handler({"time": to_text(at(60))}, context)["asked"] == 0


def test_a_tick_has_a_connection_for_each_thread(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections(monkeypatch, lambda: start(environ(kvs)))["sqs"] == 10


@pytest.mark.parametrize("name", ["CAMERA_TABLE", "PULL_QUEUE_URL"])
def test_a_missing_variable_is_named(name: str) -> None:
    environ = {"CAMERA_TABLE": "cameras", "PULL_QUEUE_URL": "https://queue"}
    with pytest.raises(MissingVariable, match=f"{name} is not set"):
        start(environ | {name: ""})
