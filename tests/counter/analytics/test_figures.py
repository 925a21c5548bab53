import pytest

from counter.analytics.figures import Instants


@pytest.mark.parametrize(
    ("instants", "pending", "coverage"),
    [
        (Instants(), 0, None),
        (Instants(12, 9, {"no_media": 2, "no_frame": 1}), 0, 0.75),
        # Five are not closed yet: they are no gaps, and coverage does not know them.
        (Instants(12, 6, {"no_media": 1}), 5, 6 / 7),
        (Instants(12), 12, None),
    ],
)
def test_coverage_is_the_counted_share_of_closed_instants(
    instants: Instants, pending: int, coverage: float | None
) -> None:
    assert (instants.pending, instants.coverage) == (pending, coverage)
