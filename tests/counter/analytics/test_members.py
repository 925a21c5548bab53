import numpy as np
import pytest

from counter.analytics.columns import Columns
from counter.analytics.figures import STORE, Kind, Subject
from counter.analytics.members import Members, members
from tests.counter.analytics.lines import line, quarters

DOOR = Subject(Kind.CAMERA, "door")


def of(*lines: object, subject: Subject = DOOR) -> Members:
    return members(Columns.of(lines), subject)  # type: ignore[arg-type] # lines of tests


def test_a_camera_is_laid_out_by_quarter_hour() -> None:
    found = of(line("2026-11-23T10:00:00Z", [1, 2, 3]), line("2026-11-23T10:30:00Z", [4, None, None]))
    assert found.due.tolist() == [[3, 0, 3]]
    assert found.counted.tolist() == [[3, 0, 1]]
    assert found.gaps.tolist() == [[[0, 0, 2]]]
    # The second quarter hour is closed, of the third there is under half.
    np.testing.assert_array_equal(found.means, [[2.0, np.nan, np.nan]])
    assert found.histograms is not None
    assert found.histograms.tolist() == [[0, 1, 1, 1, 0], [0] * 5, [0, 0, 0, 0, 1]]


def test_a_camera_of_two_areas_is_two_members_of_the_store_and_one_of_itself() -> None:
    lines = (
        line("2026-11-23T10:00:00Z", [1]),
        line("2026-11-23T10:15:00Z", [2], area="yard"),
        line("2026-11-23T10:00:00Z", [3], camera="a"),
    )
    store = of(*lines, subject=STORE)
    assert store.areas.tolist() == [0, 0, 1]
    np.testing.assert_array_equal(store.means, [[3, np.nan], [1, np.nan], [np.nan, 2]])
    assert of(*lines).means.tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("every", "counts", "seconds"),
    [(300, [1, 1, 1], 900), (60, [1] * 15, 900), (300, [1, 1], 600), (840, [1], 840)],
)
def test_instants_stand_for_the_time_between_them(every: int, counts: list[int], seconds: int) -> None:
    assert of(line("2026-11-23T10:00:00Z", counts, every=every)).seconds().tolist() == [[seconds]]


def test_instants_that_were_not_counted_stand_for_as_long_as_the_others() -> None:
    found = of(*quarters("2026-11-23T10:00:00Z", [1, None, 2]))
    assert found.seconds().tolist() == [[900, 900, 900]]
    assert of(*quarters("2026-11-23T10:00:00Z", [None])).seconds().tolist() == [[900]]


def test_noise_is_that_of_counts_that_differ_by_chance() -> None:
    """Counts 0, 2, 4 and 2, 2, 2 in turn: variances 4 and 0, of 2 people: dispersion 1.

    All means are 2, so they differ less than those of counts that have something in common: they are
    independent, and the variance of the mean of three is 2/3.
    """
    lines = [
        line(f"2026-11-23T10:{15 * place:02}:00Z", [0, 2, 4] if place % 2 else [2, 2, 2])
        for place in range(4)
    ]
    assert of(*lines).noise.tolist() == [pytest.approx([2 / 3] * 4, rel=0.04)]


def test_instants_that_are_missing_add_noise() -> None:
    # Two of three are there; their mean of 3 has dispersion 2/3 from 2 and 4: variance 2 = 2/3 * 3.
    whole = of(line("2026-11-23T10:00:00Z", [2, 3, 4])).noise[0, 0]
    assert of(line("2026-11-23T10:00:00Z", [2, None, 4])).noise[0, 0] > whole


def test_counts_once_a_quarter_hour_differ_from_the_next() -> None:
    """3 and 5 in turn: half of the mean square of the differences is 2, of 4 people: dispersion 1/2."""
    noise = of(*quarters("2026-11-23T10:00:00Z", [3, 5, 3, 5], every=900)).noise
    assert (noise > 0).all()
    assert noise[0, 1] / noise[0, 0] == pytest.approx(5 / 3)
    assert not of(*quarters("2026-11-23T10:00:00Z", [4] * 4, every=900)).noise.any()


def test_pending_instants_are_neither_counted_nor_gaps() -> None:
    found = of(line("2026-11-23T10:00:00Z", [1, None, 2]))
    assert found.pending.tolist() == [[0]]
