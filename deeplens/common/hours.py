"""Opening hours as in the registry: `always`, or `mon-fri 09:00-20:00; sat 22:00-02:00`. Pure."""

from __future__ import annotations

import re
from typing import Iterable, Mapping, NamedTuple, Tuple

from deeplens.common.errors import UnitError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")

Days = Tuple[Tuple[str, ...], ...]


class WrongHours(UnitError, ValueError):
    """Opening hours that cannot be read."""


class Hours(NamedTuple):
    """The spans `HH:MM-HH:MM` of each weekday, Monday first; a span may pass midnight."""

    days: Days

    def is_open(self, weekday: int, minute: int) -> bool:
        """Whether the shop is open in a minute of local time; `weekday` 0 is Monday, `minute` is 0..1439."""
        return any(start <= minute < end for start, end in map(_minutes, self.days[weekday])) or any(
            minute + MINUTES_PER_DAY < end for _, end in map(_minutes, self.days[weekday - 1])
        )


def parse(text: str) -> Hours:
    """Read opening hours. Raises WrongHours with the part that is wrong."""
    if text.strip().lower() == "always":
        return ALWAYS
    days: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.lower().split(";"))):
        names, spans = part.split()[0], tuple(part.split()[1:])
        if not spans or not all(_SPAN.fullmatch(span) for span in spans):
            raise WrongHours(f"opening_hours {part!r} are not of the form 'mon-fri 09:00-20:00'")
        days.update(dict.fromkeys(_day_names(names), spans))
    if not days:
        raise WrongHours("opening_hours are empty: write 'always' or spans such as 'mon-sat 09:00-20:00'")
    return from_map(days)


def from_map(days: Mapping[str, Iterable[str]]) -> Hours:
    """Read `{"mon": ["09:00-20:00"], ...}`, the form of the registry; the shop is closed on missing days."""
    return Hours(tuple(tuple(days.get(name, ())) for name in WEEKDAYS))


def _day_names(text: str) -> list[str]:
    match = _DAYS.fullmatch(text)
    first, last = (match[1], match[2] or match[1]) if match else ("", "")
    if first not in WEEKDAYS or last not in WEEKDAYS:
        raise WrongHours(f"opening_hours name the day {text!r}: use one of {' '.join(WEEKDAYS)}, or mon-fri")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return [WEEKDAYS[day % 7] for day in range(start, (end if end >= start else end + 7) + 1)]


def _minutes(span: str) -> tuple[int, int]:
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in span.split("-"))
    return start, end if end > start else end + MINUTES_PER_DAY


ALWAYS = Hours((("00:00-24:00",),) * 7)
