"""The decision which messages are counted together, as tables."""

import pytest

from counter.counting.isolation import MOST_RECEIVES_TOGETHER, Survival, groups
from counter.counting.messages import Message


def received(**receives: int) -> list[Message]:
    """Messages by ID with their receive counts."""
    return [Message(name, "{}", receives=number) for name, number in receives.items()]


def sizes(messages: list[Message], survival: Survival) -> list[int]:
    """The sizes of the groups of a batch that the process survives."""
    found = []
    for group in groups(messages, survival):
        found.append(len(group))
        survival.survived(group)
    return found


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
    found = groups(received(**messages), Survival())
    assert ["".join(message.message_id for message in group) for group in found] == expected


def test_each_message_is_in_one_group_and_the_suspicious_ones_are_last_and_alone() -> None:
    messages = received(**{f"m{number}": number for number in range(1, 26)})
    found = list(groups(messages, Survival()))
    assert sorted(m.receives for group in found for m in group) == list(range(1, 26))
    assert [len(group) for group in found] == [MOST_RECEIVES_TOGETHER] + [1] * 20


def test_the_order_of_those_alone_changes_with_each_receive() -> None:
    found = (list(groups(received(a=number, b=number), Survival())) for number in range(6, 26))
    firsts = {order[0][0].message_id for order in found}
    assert firsts == {"a", "b"}


def test_the_order_does_not_depend_on_that_of_the_batch() -> None:
    messages = received(a=7, b=7, c=9)
    assert list(groups(messages, Survival())) == list(groups(messages[::-1], Survival()))


def test_a_process_that_survives_takes_twice_as_many_the_next_time() -> None:
    survival, often = Survival(), received(**{f"m{number}": 6 for number in range(60)})
    assert sizes(often, survival) == [1, 2, 4, 8, 16, 29]
    assert sizes(often, survival) == [58, 2]
    assert sizes(often, survival) == [60]


def test_a_group_smaller_than_allowed_tells_nothing_about_larger_ones() -> None:
    survival = Survival()
    assert sizes(received(a=6, b=6, c=6, d=6), survival) == [1, 2, 1]
    assert survival.at_once == 4


def test_new_messages_tell_nothing_about_suspicious_ones() -> None:
    survival = Survival()
    assert sizes(received(**{f"m{number}": 1 for number in range(20)}), survival) == [20]
    assert sizes(received(a=6, b=6), survival) == [1, 1]
