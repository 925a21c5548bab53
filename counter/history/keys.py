"""The keys of the history bucket, and the keys that belong to none of its files. Pure.

Hive's form, `name=value`, so that Athena finds the partitions ("Partition your data", Athena User Guide).
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

PREFIX = "history/"
QUARTERS, HOURS = "quarters.jsonl.gz", "hours.json.gz"
_KEY = re.compile(rf"{PREFIX}(?:day=(?P<day>[^/]+)|month=(?P<month>[^/]+))/store=(?P<store>[^/]+)/[^/]+")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def from_text(cls, text: str) -> "Month":
        """The inverse of `str`. Raises ValueError."""
        return cls.of(date.fromisoformat(f"{text}-01"))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)


def quarters_key(day: date, store_id: str) -> str:
    """The day file of a store: a line for each camera's quarter hour."""
    return f"{PREFIX}day={day}/store={store_id}/{QUARTERS}"


def hours_key(day: date, store_id: str) -> str:
    """Beside the day file: the sums of the store's areas."""
    return f"{PREFIX}day={day}/store={store_id}/{HOURS}"


def month_key(month: Month, store_id: str) -> str:
    """The days of a closed month, joined."""
    return f"{PREFIX}month={month}/store={store_id}/{QUARTERS}"


@dataclass(frozen=True)
class StoredDays:
    """The store and the days, both included, that a file of the history is of."""

    store_id: str
    first: date
    last: date

    @classmethod
    def of_key(cls, key: str) -> "StoredDays | None":
        """What a key names; None for a key that this module does not make."""
        found = _KEY.fullmatch(key)
        with suppress(ValueError):
            if found and found["day"]:
                day = date.fromisoformat(found["day"])
                return cls(found["store"], day, day)
            if found:
                month = Month.from_text(found["month"])
                return cls(found["store"], month.first, month.next.first - timedelta(days=1))
        return None
