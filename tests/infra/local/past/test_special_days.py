from datetime import date, timedelta
from itertools import pairwise

import pytest

from infra.local.past.special_days import PROMOTION, day_factor, excluded_days, holiday, is_promotion


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        ("DE", date(2026, 10, 3), "Day of German Unity"),
        ("ES", date(2026, 10, 12), "National Day"),
        ("US", date(2026, 11, 26), "Thanksgiving"),
        ("US", date(2027, 11, 25), "Thanksgiving"),
        ("US", date(2028, 11, 23), "Thanksgiving"),
        ("DE", date(2026, 11, 26), None),
        ("FR", date(2026, 7, 14), None),
    ],
)
def test_holidays(country: str, day: date, name: str | None) -> None:
    assert holiday(country, day) == name


def test_a_promotion_is_friday_and_saturday_of_every_fifth_week() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(70)]
    found = [day for day in days if is_promotion(day)]
    assert {day.weekday() for day in found} == {4, 5}
    assert len(found) == 4  # of ten weeks
    assert [later - first for first, later in pairwise(found)] == [
        timedelta(days=1), timedelta(days=34), timedelta(days=1),
    ]  # fmt: skip


def test_a_holiday_that_falls_into_a_promotion_is_closed_all_the_same() -> None:
    promoted = next(day for year in range(2000, 2400) if is_promotion(day := date(year, 12, 25)))
    assert day_factor("DE", promoted) == 0.0
    assert day_factor("", promoted) == PROMOTION
    assert dict(excluded_days("DE", promoted, promoted)) == {promoted: "Christmas Day"}


def test_excluded_are_the_days_that_differ_each_with_its_reason() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    excluded = dict(excluded_days("ES", first, last))
    days = [first + timedelta(days=number) for number in range(365)]
    assert list(excluded) == [day for day in days if day_factor("ES", day) != 1.0]
    assert excluded[date(2026, 10, 12)] == "National Day"
    assert set(excluded.values()) - {"promotion"} == {
        "New Year's Day", "Labour Day", "National Day", "All Saints' Day", "Christmas Day",
    }  # fmt: skip
