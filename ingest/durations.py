"""Durations and ages as text for people, and spans of days as people write them. Pure."""

import re
from datetime import timedelta

_UNITS = (
    ("s", timedelta(seconds=1), timedelta(minutes=2)),
    ("min", timedelta(minutes=1), timedelta(hours=2)),
    ("h", timedelta(hours=1), timedelta(days=2)),
    ("days", timedelta(days=1), timedelta.max),
)
"""Name and length of each unit, and the duration at which the next unit takes over."""


def duration_text(duration: timedelta, *, decimals: int = 0) -> str:
    """`40 s`, `12 min`, `3 h` or `2 days`, rounded down; a negative duration is `0 s`.

    `decimals` is for seconds, hours and days; minutes are always whole.
    """
    duration = max(duration, timedelta())
    name, unit, _ = next(entry for entry in _UNITS if duration < entry[2])
    places = 0 if name == "min" else decimals
    return f"{duration // (unit / 10**places) / 10**places:.{places}f} {name}"


_DAYS = {"d": 1, "w": 7, "y": 365}
_SPAN = re.compile(r"([1-9][0-9]{0,3})([dwy])")


def days_of_text(text: str) -> timedelta:
    """`3d`, `8w` or `1y`: days, weeks, or years of 365 days. Raises ValueError."""
    match = _SPAN.fullmatch(text.strip().lower())
    if not match:
        raise ValueError(f"{text!r} is no span of days: write days, weeks or years, as in 3d, 8w or 1y")
    return timedelta(days=int(match[1]) * _DAYS[match[2]])
