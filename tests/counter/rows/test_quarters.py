from dataclasses import replace
from datetime import datetime

import pytest

from counter.rows.quarters import by_quarter, closable_until
from ingest.times import MILLISECOND, QUARTER_HOUR
from tests.counter.rows.sample_rows import COUNTED, GAP, QUARTER
from tests.counter.world import at


@pytest.mark.parametrize(
    ("now", "until"), [(at(30), at(15)), (at(44.99), at(15)), (at(45), at(30)), (at(31), at(15))]
)
def test_closable_until(now: datetime, until: datetime) -> None:
    assert closable_until(now) == until


def test_by_quarter() -> None:
    rows = [
        replace(GAP, instant=QUARTER - MILLISECOND),
        replace(GAP, instant=QUARTER),
        COUNTED,
        replace(GAP, instant=QUARTER + QUARTER_HOUR),
    ]
    assert by_quarter(rows) == {
        QUARTER - QUARTER_HOUR: rows[:1],
        QUARTER: rows[1:3],
        QUARTER + QUARTER_HOUR: rows[3:],
    }
    assert by_quarter([]) == {}
