"""A name that nothing has, with those that look like it. Pure."""

from collections.abc import Collection
from difflib import get_close_matches

from infra.cli.terminal.texts import listed
from ingest.errors import OccupancyError


class UnknownName(OccupancyError, KeyError):
    """No camera, store, area or zone has that name; those that look like it are named."""

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        near = get_close_matches(name, sorted(known))
        instead = f"did you mean {listed(near)}?" if near else "see `occupancy camera list`"
        super().__init__(f"{kind} {name!r} is not in the registry: {instead}")

    __str__ = Exception.__str__
