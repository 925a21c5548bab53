"""Commands whose libraries may be missing: imported when called, or one sentence on what to install."""

from importlib import import_module
from typing import Any

import click


def imported(module: str, command: str, extra: str) -> Any:
    """The module behind `occupancy COMMAND`. Raises ClickException naming the extra it needs."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"`occupancy {command}` needs the module {error.name}, which is not installed:"
            f" pip install 'store-occupancy[{extra}]'"
        ) from error
