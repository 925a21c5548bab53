"""Commands whose libraries may be missing: import them when called, or say what to install."""

from importlib import import_module
from typing import Any

import click


def imported(module: str, command: str, extra: str) -> Any:
    """The module behind `occupancy COMMAND`. Raises ClickException that names the extra it needs."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"`occupancy {command}` needs the module {error.name}, which is not installed:"
            f" pip install 'store-occupancy[{extra}]'"
        ) from error
