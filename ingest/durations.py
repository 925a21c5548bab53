"""Durations and ages as text for people. Pure."""

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
