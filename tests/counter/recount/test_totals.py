from dataclasses import replace
from datetime import UTC, datetime, timedelta

from counter.recount.row import LeftAlone
from counter.recount.totals import PersonSeconds, RecountTotals, Untouched, untouched
from tests.counter.rows.sample_rows import COUNTED, GAP

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_sums_of_zones_keep_those_that_only_one_part_has() -> None:
    total = PersonSeconds(600, {"entry": 300, "shelf": 0}) + PersonSeconds(60, {"entry": 60, "till": 0})
    assert total == PersonSeconds(660, {"entry": 360, "shelf": 0, "till": 0})


def test_the_sums_of_rows() -> None:
    assert PersonSeconds.of([COUNTED, COUNTED, GAP]) == PersonSeconds(600, {"entry": 600, "shelf": 0})


def test_totals_add_up() -> None:
    floor, boxes = LeftAlone.FLOOR, LeftAlone.NO_BOXES
    noon = Untouched(1, NOON, NOON)
    first = RecountTotals(10, 3, 2, 4, 1000, PersonSeconds(5), PersonSeconds(7), {floor: noon})
    left = {floor: Untouched(2, NOON - HOUR, NOON + HOUR), boxes: noon}
    second = RecountTotals(5, 1, 1, 2, 500, PersonSeconds(1), PersonSeconds(0), left)
    together = {floor: Untouched(3, NOON - HOUR, NOON + HOUR), boxes: noon}
    assert first + second == RecountTotals(15, 4, 3, 6, 1500, PersonSeconds(6), PersonSeconds(7), together)
    assert RecountTotals() + first == first


def test_what_is_left_alone_by_reason() -> None:
    later = COUNTED.instant + HOUR
    gap = Untouched(1, GAP.instant, GAP.instant)
    found = untouched(
        [
            (LeftAlone.FLOOR, COUNTED),
            (LeftAlone.NO_BOXES, GAP),
            (LeftAlone.FLOOR, replace(COUNTED, instant=later)),
        ]
    )
    assert found == {
        LeftAlone.FLOOR: Untouched(2, COUNTED.instant, later),
        LeftAlone.NO_BOXES: gap,
    }
