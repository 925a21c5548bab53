"""Durations as the operator writes them: `90s`, `10m`, `2h`. Pure."""

import re
from datetime import timedelta

import click

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(s|m|h|d|w)")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


class DurationOption(click.ParamType[timedelta]):
    """The type of an option whose value is a duration above 0."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The duration."""
        match = _DURATION.fullmatch(str(value).strip())
        try:
            duration = float(match[1]) * _UNITS[match[2]] if match else timedelta()
        except OverflowError:
            duration = timedelta()
        if not duration:
            self.fail(f"{value!r} is not a duration above 0: write it as 90s, 10m or 2h", param, ctx)
        return duration
