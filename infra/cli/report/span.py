"""The trading days that the operator asks for. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from counter.report.report import By
from ingest.errors import OccupancyError

WEEK = timedelta(days=7)
LONGEST = timedelta(days=366 * 3)
SHORT = timedelta(days=2)
"""Up to so many days are shown by hour, unless the operator says otherwise."""


class WrongDays(OccupancyError, ValueError):
    """Days that cannot be reported: reversed, in the future, too many, or no days at all."""


def read_days(options: Mapping[str, Any], today: date, store_id: str) -> tuple[date, date]:
    """The first and the last day, both included; the last seven that are over without an option.

    Raises WrongDays.
    """
    given = [option for option, name in _OPTIONS.items() if options[name]]
    if len(given) > 1 and given != ["--from", "--to"]:
        raise WrongDays(f"{' and '.join(given)} exclude each other: give --from and --to, --week or --today")
    if options["today"]:
        return today, today
    if not options["start"] and not options["end"]:
        return today - WEEK, today - timedelta(days=1)
    last = _day("--to", options["end"]) if options["end"] else today
    first = _day("--from", options["start"]) if options["start"] else last - WEEK + timedelta(days=1)
    if first > today:
        raise WrongDays(
            f"{first} is in the future: today is {today} in store {store_id!r}, give an earlier day"
        )
    if first > last:
        raise WrongDays(f"--from {first} is after --to {last}: give an earlier --from")
    if last - first > LONGEST:
        raise WrongDays(f"{first} to {last} are more than three years: give fewer days")
    return first, min(last, today)


_OPTIONS = {"--from": "start", "--to": "end", "--week": "week", "--today": "today"}


def read_by(text: str | None, first: date, last: date) -> By:
    """What a row stands for: the option, else the hour for few days and the day for more."""
    if text:
        return By(text)
    return By.HOUR if last - first < SHORT else By.DAY


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongDays(f"{option} {text!r} is no day: write it as 2026-11-22") from error
