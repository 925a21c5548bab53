from datetime import datetime, timedelta
from itertools import chain
from random import Random

import pytest

from ingest.registry.instant_ranges import MAX_COUNT, InstantRange, ranges_of
from tests.ingest.cloud import at

SECOND = timedelta(seconds=1)


def instants(*seconds: float) -> list[datetime]:
    return [at(second) for second in seconds]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        (instants(5), [InstantRange(at(5))]),
        (instants(0, 10), [InstantRange(at(0), 10 * SECOND, 2)]),
        (instants(*range(600)), [InstantRange(at(0), SECOND, 600)]),
        (instants(3, 1, 2, 2), [InstantRange(at(1), SECOND, 3)]),
        (
            instants(*range(10), *range(20, 30)),
            [InstantRange(at(0), SECOND, 10), InstantRange(at(20), SECOND, 10)],
        ),
    ],
)
def test_ranges(found: list[datetime], expected: list[InstantRange]) -> None:
    assert ranges_of(found) == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_ranges_of_any_instants_are_these_instants(seed: int) -> None:
    random = Random(seed)
    found = {at(random.randrange(300) * random.choice((1, 5, 60))) for _ in range(random.randrange(200))}

    assert list(chain.from_iterable(ranges_of(found))) == sorted(found)


@pytest.mark.parametrize("invalid", [(SECOND, 0), (SECOND, MAX_COUNT + 1), (timedelta(), 2), (-SECOND, 2)])
def test_a_range_that_cannot_be(invalid: tuple[timedelta, int]) -> None:
    with pytest.raises(ValueError, match="are not a range"):
        InstantRange(at(0), *invalid)
