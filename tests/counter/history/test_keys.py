from datetime import date

import pytest

from counter.history.keys import Month, hours_key, month_key, quarters_key

DAY = date(2026, 12, 1)


def test_keys() -> None:
    assert quarters_key(DAY, "north") == "history/day=2026-12-01/store=north/quarters.jsonl.gz"
    assert hours_key(DAY, "north") == "history/day=2026-12-01/store=north/hours.json.gz"
    assert month_key(Month.of(DAY), "north") == "history/month=2026-12/store=north/quarters.jsonl.gz"


def test_months_follow_each_other() -> None:
    december = Month.from_text("2026-12")
    assert (str(december), str(december.next)) == ("2026-12", "2027-01")
    assert december.next.first == date(2027, 1, 1)
    assert Month(2026, 11).next == december


def test_what_is_no_month_is_refused() -> None:
    with pytest.raises(ValueError, match="month"):
        Month.from_text("2026-13")
