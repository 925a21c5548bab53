from counter.rows.coverage import Coverage
from counter.rows.occupancy import QuarterHour
from ingest.frames.messages import GapReason
from tests.counter.world import NOON


def quarter(counted: int, **gaps: int) -> QuarterHour:
    by_reason = {GapReason(reason): number for reason, number in gaps.items()}
    return QuarterHour("till-1", NOON, "north", "till-1", counted, by_reason, 0, 0, {}, {})


def test_the_coverage_of_quarter_hours() -> None:
    quarters = [quarter(3), quarter(1, not_pulled=2, no_media=4), quarter(0, not_pulled=1, expired=1)]
    coverage = Coverage.of(quarters)
    assert coverage == Coverage(counted=4, not_pulled=3, other_gaps=5)
    assert coverage.due == 12


def test_nothing_closed() -> None:
    assert Coverage.of([]) == Coverage()
    assert Coverage().due == 0
