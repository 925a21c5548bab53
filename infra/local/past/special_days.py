"""Holidays, on which a shop is closed, and promotions. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from counter.stores.calendar import DAY

PROMOTION = 1.7
"""The factor of a promotion's days."""
PROMOTION_EVERY = 5
"""Weeks from one promotion to the next."""

_FRIDAY, _SATURDAY = 4, 5
_THURSDAY = 3

_FIXED: dict[str, dict[tuple[int, int], str]] = {
    "DE": {
        (1, 1): "New Year's Day",
        (5, 1): "Labour Day",
        (10, 3): "Day of German Unity",
        (12, 25): "Christmas Day",
        (12, 26): "Boxing Day",
    },
    "US": {(1, 1): "New Year's Day", (7, 4): "Independence Day", (12, 25): "Christmas Day"},
    "ES": {
        (1, 1): "New Year's Day",
        (5, 1): "Labour Day",
        (10, 12): "National Day",
        (11, 1): "All Saints' Day",
        (12, 25): "Christmas Day",
    },
}


def holiday(country: str, day: date) -> str | None:
    """The name of a holiday on which shops of a country are closed, None on any other day."""
    if country == "US" and day == _thanksgiving(day.year):
        return "Thanksgiving"
    return _FIXED.get(country, {}).get((day.month, day.day))


def is_promotion(day: date) -> bool:
    """Whether a day belongs to a promotion: Friday and Saturday of every fifth week."""
    week = (day - timedelta(days=day.weekday())).toordinal() // 7
    return week % PROMOTION_EVERY == 0 and day.weekday() in {_FRIDAY, _SATURDAY}


def day_factor(country: str, day: date) -> float:
    """By which factor a day differs from a usual one: 0 on a holiday, more than 1 in a promotion."""
    if holiday(country, day):
        return 0.0
    return PROMOTION if is_promotion(day) else 1.0


def excluded_days(country: str, first: date, last: date) -> Iterator[tuple[date, str]]:
    """The days from `first` to `last` that usual figures leave out, each with its reason."""
    day = first
    while day <= last:
        if reason := holiday(country, day) or ("promotion" if is_promotion(day) else None):
            yield day, reason
        day += DAY


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(_THURSDAY - first.weekday()) % 7 + 21)
