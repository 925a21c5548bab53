"""The contract `rooms`: which room may import which, as a list of what is allowed.

A room is a folder, or a module that stands beside folders. The rooms are listed from lowest to highest.
An import from one room to another that is not written down breaks the contract. So do a module in no room, a
folder that is no room of its own, an allowed import that nothing uses any more, and a room that may import a
higher one. Modules of other distributions are in no room and are not looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import grimp
from importlinter import Contract, ContractCheck, fields, output

Allowed = Mapping[str, frozenset[str]]
"""Room -> the rooms that it may import."""


def parse(lines: Iterable[str]) -> Allowed:
    """Lines such as `ingest.frames: ingest.errors ingest.registry`."""
    pairs = (line.partition(":") for line in lines)
    return {room.strip(): frozenset(imported.split()) for room, _, imported in pairs}


def room_of(module: str, rooms: Iterable[str]) -> str | None:
    """The innermost room that holds the module."""
    holding = (room for room in rooms if module == room or module.startswith(f"{room}."))
    return max(holding, key=len, default=None)


@dataclass(frozen=True)
class Arrows:
    """What a graph has between rooms: (room, imported room) -> the imports; and what has no own room."""

    imports: Mapping[tuple[str, str], list[tuple[str, str]]]
    homeless: list[str]
    lodgers: list[str]
    """Folders within a room: without a line of their own they would have the room's rights."""


def arrows(graph: grimp.ImportGraph, rooms: Iterable[str]) -> Arrows:
    """The imports of the graph by their rooms. A package's empty `__init__` above all rooms needs none."""
    rooms = list(rooms)
    ours = {module for module in graph.modules if not graph.is_module_squashed(module)}
    room = {module: room_of(module, rooms) for module in ours}
    folders = {module for module in ours if graph.find_children(module)}
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    homeless = {module for module, home in room.items() if home is None and module not in folders}
    for module, home in room.items():
        for imported in graph.find_modules_directly_imported_by(module) & ours:
            target = room[imported]
            if home is None or target is None:
                homeless |= {name for name in (module, imported) if room[name] is None}
            elif home != target:
                found[home, target].append((module, imported))
    lodgers = {folder for folder in folders if room[folder] not in (None, folder)}
    imports = {arrow: sorted(between) for arrow, between in sorted(found.items())}
    return Arrows(imports, sorted(homeless), sorted(lodgers))


def upward(allowed: Allowed) -> Iterator[tuple[str, str]]:
    """(room, higher room) for each allowed import of a room that is listed below its importer."""
    below: set[str] = set()
    for room, imported_rooms in allowed.items():
        yield from ((room, imported) for imported in sorted(imported_rooms - below))
        below.add(room)


def problems(graph: grimp.ImportGraph, allowed: Allowed) -> Iterator[str]:
    """Each thing that breaks the contract, as a sentence."""
    found = arrows(graph, allowed)
    for module in found.homeless:
        yield f"{module} is in no room: add its folder to the contract"
    for folder in found.lodgers:
        yield f"{folder} is in no room of its own: add its folder to the contract"
    for (room, imported), imports in found.imports.items():
        if imported not in allowed[room]:
            where = ", ".join(f"{module} -> {target}" for module, target in imports)
            yield f"{room} may not import {imported}: {where}"
    for room, imported_rooms in allowed.items():
        for imported in sorted(imported_rooms):
            if (room, imported) not in found.imports:
                yield f"{room} does not import {imported} any more: take it out of the contract"
    for room, imported in upward(allowed):
        yield f"{room} may not import {imported}, which is not listed before it"


class RoomsContract(Contract):
    """`rooms` lists each room with the rooms that it may import, a line each."""

    type_name = "rooms"

    rooms = fields.ListField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Hold the graph against the list."""
        found = list(problems(graph, parse(self.rooms)))  # type: ignore[arg-type] # a field becomes its value
        return ContractCheck(kept=not found, metadata={"problems": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the sentences."""
        for problem in check.metadata["problems"]:
            output.print_error(f"- {problem}")
