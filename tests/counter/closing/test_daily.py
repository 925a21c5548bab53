"""The daily message as the closing sends it."""

from collections.abc import Iterator
from functools import cache

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from counter.closing.daily import DailyMessageSettings
from counter.closing.handler import start
from ingest.aws.dynamodb import to_item
from ingest.aws.environ import WrongEnvironment
from ingest.aws.failures import AwsFailed
from ingest.aws.handlers import Handler
from ingest.registry.sampling import Sampling
from ingest.times import from_text
from tests.counter.invocation import CLOSING_ENVIRON, Context
from tests.counter.rekognition import people
from tests.counter.tables import CAMERAS
from tests.counter.world import NOON, World, at, camera, event
from tests.moto_state import REGION

TWO = {"time": "2026-11-22T14:00:00Z"}


@cache
def closing() -> Handler:
    """The closing, which sends its message at 14:00 UTC."""
    return start(CLOSING_ENVIRON | {"DAILY_MESSAGE_HOUR": "14"})


@pytest.fixture
def topic(world: World) -> Iterator[str]:
    sns = boto3.Session("testing", "testing", region_name=REGION).client("sns")
    yield sns.create_topic(Name="alarms")["TopicArn"]
    sns_backends[DEFAULT_ACCOUNT_ID][REGION].reset()


def sent(topic: str) -> list[tuple[str, str]]:
    """(subject, body) of what was published."""
    notifications = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[topic].sent_notifications
    return [(str(subject), body) for _, body, subject, *_ in notifications]


def test_the_message_names_the_dark_cameras(world: World, topic: str) -> None:
    world.add(
        camera("seen", since=NOON),
        camera("dark", since=NOON),
        camera("off", since=NOON, sampling=Sampling(enabled=False)),
    )
    for name, last in (("seen", 105), ("dark", 20)):
        keys = [world.frame(name, at(n), people(99)) for n in range(0, last, 5)]
        world.count([event(key, key, at=at(115)) for key in keys], at(115))
    world.dynamodb.put_item(TableName=CAMERAS, Item=to_item({"CameraId": "broken", "StoreId": "north"}))
    closing()(TWO, Context())
    ((subject, body),) = sent(topic)
    assert subject == "shops: 1 of 3 cameras is dark"
    assert "Store north, 1 of 2 cameras:\n  dark since 2026-11-22 12:20 UTC: " in body
    assert "not_pulled: check the schedule and the pull" in body
    assert "camera 'broken'" in body
    assert "25 of 42 instants were counted" in body


def test_one_message_a_day_and_at_worst_the_same_again(world: World, topic: str) -> None:
    world.add(camera(since=NOON))
    for hour in range(12, 24):
        for minute in (0, 15, 30, 45):
            closing()({"time": f"2026-11-22T{hour}:{minute:02}:00Z"}, Context())
    assert len(sent(topic)) == 1


def test_a_repeated_run_sends_the_same_message(world: World, topic: str) -> None:
    world.add(camera(since=NOON))
    closing()(TWO, Context())
    closing()(TWO, Context())
    first, second = sent(topic)
    assert first == second


def test_a_run_whose_message_failed_fails_so_that_it_is_repeated(world: World) -> None:
    world.add(camera(since=NOON))
    with pytest.raises(AwsFailed, match="Publish: NotFound"):
        closing()(TWO, Context())
    assert len(world.rows()) == 21, "the quarter hours are closed all the same"


def test_a_camera_that_cannot_be_read_is_named_and_hides_no_other(world: World, topic: str) -> None:
    world.add(camera("ill", since=NOON), camera("dark", since=NOON))
    world.close(at(120))

    def refuse(params: dict[str, object], **_: object) -> None:
        if '"ill"' in str(params["body"]):
            raise world.dynamodb.exceptions.InternalServerError({"Error": {"Code": "Oops"}}, "Query")

    events = boto3.DEFAULT_SESSION and boto3.DEFAULT_SESSION.events
    assert events
    events.register("before-call.dynamodb.Query", refuse)
    try:
        start(CLOSING_ENVIRON | {"DAILY_MESSAGE_HOUR": "14"})(TWO, Context())
    finally:
        events.unregister("before-call.dynamodb.Query", refuse)
    ((_, body),) = sent(topic)
    assert "  dark since " in body
    assert "camera 'ill': its rows could not be read (Query: Oops)" in body


def test_without_time_the_message_says_so(world: World, topic: str) -> None:
    class Late(Context):
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 15_000

    world.add(camera(since=NOON))
    closing()(TWO, Late())
    ((_, body),) = sent(topic)
    assert "camera 'till-1': its rows could not be read (no time was left)" in body


@pytest.mark.parametrize(
    ("hour", "time", "expected"),
    [
        ("6", "2026-11-22T06:00:00Z", True),
        ("6", "2026-11-22T06:15:00Z", False),
        ("6", "2026-11-22T18:00:00Z", False),
        ("0", "2026-11-22T00:00:00Z", True),
        ("-1", "2026-11-22T23:00:00Z", False),
    ],
)
def test_when_it_is_due(hour: str, time: str, expected: bool) -> None:
    settings = DailyMessageSettings.from_environ(CLOSING_ENVIRON | {"DAILY_MESSAGE_HOUR": hour})
    assert settings.is_due(from_text(time)) is expected


@pytest.mark.parametrize("hour", ["24", "-2", "six", "6.5", " 6"])
def test_an_hour_that_does_not_exist(hour: str) -> None:
    with pytest.raises(WrongEnvironment, match=r"DAILY_MESSAGE_HOUR is .* whole number from -1 to 23"):
        DailyMessageSettings.from_environ(CLOSING_ENVIRON | {"DAILY_MESSAGE_HOUR": hour})
