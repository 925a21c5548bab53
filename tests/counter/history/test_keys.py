from datetime import date

import pytest

from counter.history.keys import Month, StoredDays, hours_key, month_key, quarters_key

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


def test_a_key_names_a_store_and_days() -> None:
    day = StoredDays("north", DAY, DAY)
    assert StoredDays.of_key(quarters_key(DAY, "north")) == day
    assert StoredDays.of_key(hours_key(DAY, "north")) == day
    month = StoredDays("north", date(2028, 2, 1), date(2028, 2, 29))
    assert StoredDays.of_key(month_key(Month(2028, 2), "north")) == month


@pytest.mark.parametrize(
    "key",
    ["", "a day file", "history/day=x/store=north/quarters.jsonl.gz", "history/month=2026-13/store=a/b"],
)
def test_another_key_names_nothing(key: str) -> None:
    assert StoredDays.of_key(key) is None
