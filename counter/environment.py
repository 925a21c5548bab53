"""Numbers in a function's environment: a wrong one is a sentence that names the variable and its value."""

from collections.abc import Mapping
from datetime import timedelta

from ingest.aws.environ import WrongEnvironment, required


def positive(environ: Mapping[str, str], name: str) -> float:
    """A number above 0. Raises WrongEnvironment."""
    value = required(environ, name)
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
