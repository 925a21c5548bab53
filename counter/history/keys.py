"""The keys of the history bucket, and the keys that belong to none of its files. Pure.

Hive's form, `name=value`, so that Athena finds the partitions ("Partition your data", Athena User Guide).
"""

from dataclasses import dataclass
from datetime import date

PREFIX = "history/"
QUARTERS, HOURS = "quarters.jsonl.gz", "hours.json.gz"


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
