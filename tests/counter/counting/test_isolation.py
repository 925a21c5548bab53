"""The decision which messages are counted together, as a table."""

import pytest

from counter.counting.isolation import MOST_RECEIVES_TOGETHER, groups
from counter.counting.messages import Message


def received(**receives: int) -> list[Message]:
    """Messages by ID with their receive counts."""
    return [Message(name, "{}", receives=number) for name, number in receives.items()]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ({}, []),
        ({"a": 1}, ["a"]),
        ({"a": 1, "b": 5, "c": 2}, ["abc"]),
        ({"a": 6}, ["a"]),
        ({"a": 6, "b": 1}, ["b", "a"]),
        ({"a": 480, "b": 1, "c": 5}, ["bc", "a"]),
    ],
)
def test_the_groups(messages: dict[str, int], expected: list[str]) -> None:
    found = ["".join(message.message_id for message in group) for group in groups(received(**messages))]
    assert found == expected


def test_each_message_is_in_one_group_and_the_suspicious_ones_are_last_and_alone() -> None:
    messages = received(**{f"m{number}": number for number in range(1, 26)})
    found = groups(messages)
    assert sorted(m.receives for group in found for m in group) == list(range(1, 26))
    assert [len(group) for group in found] == [MOST_RECEIVES_TOGETHER] + [1] * 20


def test_the_order_of_those_alone_changes_with_each_receive() -> None:
    firsts = {groups(received(a=number, b=number))[0][0].message_id for number in range(6, 26)}
    assert firsts == {"a", "b"}


def test_the_order_does_not_depend_on_that_of_the_batch() -> None:
    messages = received(a=7, b=7, c=9)
    assert groups(messages) == groups(messages[::-1])
