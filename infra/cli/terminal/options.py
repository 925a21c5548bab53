"""What all options have in common: a given option has a value."""

from typing import Any

import click

from ingest.errors import OccupancyError


class EmptyOption(OccupancyError):
    """An option that is given but empty, usually because a shell variable is not set."""

    def __init__(self, option: str) -> None:
        super().__init__(f"{option} is empty: give a value or leave the option out")


def not_empty(ctx: click.Context, param: click.Parameter, value: Any) -> Any:  # noqa: ARG001 - click's signature
    """A callback for options: an empty text must not stand for the default. Raises EmptyOption."""
    texts = value if isinstance(value, tuple) else (value,)
    if any(isinstance(text, str) and not text.strip() for text in texts):
        raise EmptyOption(param.opts[0])
    return value
