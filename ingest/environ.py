"""What the template tells a function."""

from collections.abc import Mapping

from ingest.errors import OccupancyError


class MissingVariable(OccupancyError, KeyError):
    """The function's environment lacks a variable."""

    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set: the template gives it to this function")

    __str__ = Exception.__str__


def required(environ: Mapping[str, str], name: str) -> str:
    """The variable's value. Raises MissingVariable, also where it is empty."""
    if not (value := environ.get(name)):
        raise MissingVariable(name)
    return value
