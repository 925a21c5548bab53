"""Schedule expressions as EventBridge Scheduler reads them."""

from datetime import timedelta

import pytest

from infra.local.lambdas.schedules import Timetable, UnknownExpression, every, parse, payload_at
from ingest.times import from_text


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("rate(1 minute)", "2026-11-22T14:05:00Z", "2026-11-22T14:06:00Z"),
        ("rate(5 minutes)", "2026-11-22T14:05:30Z", "2026-11-22T14:10:00Z"),
        ("rate(1 hour)", "2026-11-22T23:05:30Z", "2026-11-23T00:00:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-22T14:05:00Z", "2026-11-22T14:15:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-22T14:45:00Z", "2026-11-22T15:00:00Z"),
        ("cron(*/20 * * * ? *)", "2026-11-22T14:39:59Z", "2026-11-22T14:40:00Z"),
        ("cron(30 3 * * ? *)", "2026-11-22T14:45:00Z", "2026-11-23T03:30:00Z"),
        ("cron(* * * * ? *)", "2026-11-22T14:45:10Z", "2026-11-22T14:46:00Z"),
    ],
)
def test_the_next_time(expression: str, after: str, expected: str) -> None:
    assert parse(expression)(from_text(after)) == from_text(expected)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 second)",
        "at(2026-11-22T14:05:00)",
        "cron(0 12 1 * ? *)",
        "cron(60 * * * ? *)",
        "cron(0/0 * * * ? *)",
    ],
)
def test_what_it_cannot_read_is_named(expression: str) -> None:
    with pytest.raises(UnknownExpression, match="cannot read the schedule"):
        parse(expression)


def test_each_scheduled_time_is_given_once_and_missed_ones_are_not_made_up_for() -> None:
    start = from_text("2026-11-22T14:05:00Z")
    second = timedelta(seconds=1)
    timetable = Timetable(every(2 * second), start)
    given = [timetable.take(start + wait * second) for wait in (-1, 0, 1, 2, 9, 9, 10)]
    taken = [None if time is None else (time - start) // second for time in given]
    assert taken == [None, 0, None, 2, 8, None, 10]


def test_the_payload_names_the_scheduled_time() -> None:
    payload = '{"time": "<aws.scheduler.scheduled-time>"}'
    assert payload_at(payload, from_text("2026-11-22T14:05:00Z")) == '{"time": "2026-11-22T14:05:00Z"}'
