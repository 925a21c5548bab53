"""Reads the environment variables that the template sets; a missing one is named in one sentence."""

import re
from collections.abc import Mapping
from datetime import timedelta

from ingest.errors import OccupancyError


class WrongEnvironment(OccupancyError):
    """A function was started without the variables that the template sets."""


class MissingVariable(WrongEnvironment, KeyError):
    """The function's environment lacks a variable."""

    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set: the template gives it to this function")

    __str__ = Exception.__str__


def required(environ: Mapping[str, str], name: str) -> str:
    """The variable's value. Raises MissingVariable, also where it is empty."""
    if not (value := environ.get(name)):
        raise MissingVariable(name)
    return value


def positive_number(environ: Mapping[str, str], name: str) -> float:
    """The variable as a number above 0. Raises WrongEnvironment."""
    value = required(environ, name)
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise WrongEnvironment(f"environment variable {name} is {value!r}, expected a number above 0")
    return number


def whole_number(environ: Mapping[str, str], name: str, allowed: range) -> int:
    """The variable as a whole number in a range. Raises WrongEnvironment."""
    value = required(environ, name)
    # int() would also accept spaces, underscores and other digits.
    number = int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None
    if number is None or number not in allowed:
        raise WrongEnvironment(
            f"environment variable {name} is {value!r}, expected a whole number from {allowed[0]} to"
            f" {allowed[-1]}"
        )
    return number


def days(environ: Mapping[str, str], name: str) -> timedelta:
    """The variable as a number of days above 0. Raises WrongEnvironment."""
    return timedelta(days=positive_number(environ, name))
