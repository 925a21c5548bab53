from dataclasses import dataclass

import pytest

from infra.local.kvs.service.errors import ClientLimitExceededException
from infra.local.kvs.service.token_bucket import TokenBuckets

CAPACITY = 10


@dataclass(frozen=True)
class Owner:
    name: str


ENTRANCE, EXIT = Owner("entrance"), Owner("exit")


@pytest.mark.parametrize(
    ("takes", "left"),
    [
        ([(0.0, 4)], 6),
        ([(0.0, 4), (0.0, 6)], 0),
        ([(0.0, 10), (0.5, 0)], 5),  # half of the capacity is back after half a second
        ([(0.0, 10), (3.0, 1)], 9),  # never more than the capacity
        ([(5.0, 10), (0.0, 0)], 0),  # a clock that goes back adds nothing
        ([(0.0, 25)], 0),  # a call that needs more takes a full bucket
    ],
)
def test_what_is_left(takes: list[tuple[float, int]], left: int) -> None:
    buckets = TokenBuckets()
    for now, tokens in takes:
        buckets.take(ENTRANCE, tokens, CAPACITY, now)
    sentence = rf"^Rate exceeded for entrance: {left + 1} requested, {left} left of 10 per second\.$"

    with pytest.raises(ClientLimitExceededException, match=sentence):
        buckets.take(ENTRANCE, left + 1, CAPACITY, now)
    buckets.take(ENTRANCE, left, CAPACITY, now)  # a refused call takes nothing


def test_each_owner_has_its_own_bucket() -> None:
    buckets = TokenBuckets()
    buckets.take(ENTRANCE, CAPACITY, CAPACITY, 0.0)
    buckets.take(EXIT, CAPACITY, CAPACITY, 0.0)
    buckets.take(Owner("entrance"), 0, CAPACITY, 0.0)
    with pytest.raises(ClientLimitExceededException):
        buckets.take(Owner("entrance"), 1, CAPACITY, 0.0)  # equal owners share a bucket
