from typing import Any

import pytest

from infra.local.kvs.media.start_selector import StartNotFound, read_start
from infra.local.kvs.service.errors import InvalidArgumentException
from infra.local.kvs.service.fragments import Fragment
from infra.local.kvs.service.parameters import Parameters

HELD = [
    Fragment("1", 10_000, 70_000, 960),
    Fragment("2", 11_000, 71_000, 960),
    Fragment("9", 5_000, 71_500, 960),  # late video from a second connection
    Fragment("3", 12_000, 72_000, 960),
]
"""In order of completion."""


def start(kind: str, **members: Any) -> int | None:
    return read_start(Parameters({"StartSelectorType": kind, **members}))(HELD)


@pytest.mark.parametrize(
    ("kind", "members", "index"),
    [
        ("NOW", {}, 3),
        ("EARLIEST", {}, 0),
        ("FRAGMENT_NUMBER", {"AfterFragmentNumber": "1"}, 1),
        ("FRAGMENT_NUMBER", {"AfterFragmentNumber": "9"}, 3),
        ("FRAGMENT_NUMBER", {"AfterFragmentNumber": "3"}, 4),
        ("CONTINUATION_TOKEN", {"ContinuationToken": "2"}, 2),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 11}, 1),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 11.96}, 1),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 11.961}, 3),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 10.9999}, 1),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 5.5}, 2),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 6}, 0),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 0}, 2),
        ("PRODUCER_TIMESTAMP", {"StartTimestamp": 13}, None),
        ("SERVER_TIMESTAMP", {"StartTimestamp": 71.6}, 1),
        ("SERVER_TIMESTAMP", {"StartTimestamp": 71.98}, 2),
        ("SERVER_TIMESTAMP", {"StartTimestamp": 0}, 0),
        ("SERVER_TIMESTAMP", {"StartTimestamp": 73}, None),
    ],
)
def test_where_each_type_begins(kind: str, members: dict[str, Any], index: int | None) -> None:
    assert start(kind, **members) == index


@pytest.mark.parametrize(("kind", "index"), [("NOW", 0), ("EARLIEST", 0)])
def test_a_stream_without_fragments(kind: str, index: int) -> None:
    assert read_start(Parameters({"StartSelectorType": kind}))([]) == index


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("FRAGMENT_NUMBER", {"AfterFragmentNumber": "4"}),
        ("CONTINUATION_TOKEN", {"ContinuationToken": "of-another-service"}),
    ],
)
def test_a_fragment_that_is_not_there(kind: str, members: dict[str, str]) -> None:
    with pytest.raises(StartNotFound):
        start(kind, **members)


@pytest.mark.parametrize(
    ("values", "member"),
    [
        (None, "StartSelector"),
        ({}, "StartSelectorType"),
        ({"StartSelectorType": "LATEST"}, "StartSelectorType"),
        ({"StartSelectorType": "FRAGMENT_NUMBER"}, "AfterFragmentNumber"),
        ({"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": "a"}, "AfterFragmentNumber"),
        ({"StartSelectorType": "CONTINUATION_TOKEN", "ContinuationToken": "?"}, "ContinuationToken"),
        ({"StartSelectorType": "SERVER_TIMESTAMP"}, "StartTimestamp"),
        ({"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": "now"}, "StartTimestamp"),
    ],
)
def test_members_that_are_missing_or_wrong(values: dict[str, Any] | None, member: str) -> None:
    with pytest.raises(InvalidArgumentException, match=member):
        read_start(None if values is None else Parameters(values))
