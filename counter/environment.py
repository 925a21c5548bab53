"""Reading the environment of a function: a missing or wrong variable is one sentence that names it."""

from collections.abc import Mapping
from datetime import timedelta

from ingest.errors import OccupancyError


class WrongEnvironment(OccupancyError):
    """A function was started without what the template gives it."""


def text(environ: Mapping[str, str], name: str) -> str:
    """The value of a variable that has to be there. Raises WrongEnvironment."""
    if not environ.get(name):
        raise WrongEnvironment(f"environment variable {name} is missing: the template sets it")
    return environ[name]


def positive(environ: Mapping[str, str], name: str) -> float:
    """A number above 0. Raises WrongEnvironment."""
    value = text(environ, name)
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise WrongEnvironment(f"environment variable {name} is {value!r}, expected a number above 0")
    return number


def days(environ: Mapping[str, str], name: str) -> timedelta:
    """A number of days above 0. Raises WrongEnvironment."""
    return timedelta(days=positive(environ, name))
