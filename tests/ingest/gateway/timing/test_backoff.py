import pytest

from ingest.gateway.timing.backoff import Backoff


@pytest.mark.parametrize(("chance", "waits"), [(0.0, [0.5, 1, 2, 4, 5, 5]), (1.0, [1, 2, 4, 8, 10, 10])])
def test_waits_double_up_to_the_longest_and_are_drawn_from_their_upper_half(
    chance: float, waits: list[float]
) -> None:
    backoff = Backoff(1.0, 10.0, lambda: chance)
    assert [backoff.next() for _ in waits] == waits
    assert backoff.failures == len(waits)

    backoff.reset()
    assert backoff.next() == waits[0]


def test_it_never_ends() -> None:
    backoff = Backoff(1.0, 60.0, lambda: 1.0)
    assert {backoff.next() for _ in range(5_000)} >= {60.0}
