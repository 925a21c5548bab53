"""The list of allowed imports in pyproject.toml notices what it is there to notice."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.contracts.rooms import Allowed, parse, problems, room_of

ROOT = Path(__file__).parents[2]

# Each imports across a border, as somebody in a hurry might.
PLANTED = [
    ("counter.rows.zones", "ingest.gateway.spool.spool"),
    ("ingest.pull.backfill", "ingest.gateway.supervisor"),
    ("ingest.gateway.kvs_camera", "ingest.pull.selection"),
    ("ingest.registry.camera", "ingest.kvs.matroska"),
    ("ingest.kvs.put_media", "ingest.registry.camera"),
    ("counter.closing.run", "counter.counting.plan"),
    ("counter.counting.handler", "infra.cli.aws.stack"),
    ("deeplens.spool", "ingest.frames.keys"),
    ("infra.local.rekognition.detectors.yolox", "infra.local.wire.errors"),
    ("infra.local.kvs.server", "infra.local.simulated_store.publisher"),
    ("infra.iam.actions", "infra.local.stack.template"),
    ("infra.cli.terminal.console", "infra.cli.camera.settings"),
]


@pytest.fixture(scope="module")
def allowed() -> Allowed:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return parse(contract["rooms"])


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("ingest", "counter", "deeplens", "infra", cache_dir=None)


@pytest.fixture
def planted(graph: grimp.ImportGraph, request: pytest.FixtureRequest) -> Iterator[grimp.ImportGraph]:
    """The real graph with one more import."""
    importer, imported = request.param
    assert {importer, imported} <= graph.modules
    graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="planted")
    yield graph
    graph.remove_import(importer=importer, imported=imported)


def test_the_code_is_as_the_list_says(graph: grimp.ImportGraph, allowed: Allowed) -> None:
    assert list(problems(graph, allowed)) == []


@pytest.mark.parametrize("planted", PLANTED, indirect=True, ids=" -> ".join)
def test_a_planted_import_is_found(
    planted: grimp.ImportGraph, allowed: Allowed, request: pytest.FixtureRequest
) -> None:
    importer, imported = request.node.callspec.params["planted"]
    rooms = room_of(importer, allowed), room_of(imported, allowed)
    assert list(problems(planted, allowed)) == [
        f"{rooms[0]} may not import {rooms[1]}: {importer} -> {imported}"
    ]


def test_a_module_in_no_room_is_found(graph: grimp.ImportGraph, allowed: Allowed) -> None:
    without = {room: imported for room, imported in allowed.items() if room != "ingest.durations"}
    (found,) = [problem for problem in problems(graph, without) if "is in no room" in problem]
    assert found.startswith("ingest.durations is in no room")


def test_an_allowed_import_that_nothing_uses_is_found(graph: grimp.ImportGraph, allowed: Allowed) -> None:
    wider = {**allowed, "ingest.frames": allowed["ingest.frames"] | {"ingest.aws"}}
    assert list(problems(graph, wider)) == [
        "ingest.frames does not import ingest.aws any more: take it out of the contract"
    ]


def test_a_room_below_its_import_is_found() -> None:
    graph = grimp.ImportGraph()
    for module in ("a", "a.low", "a.high"):
        graph.add_module(module)
    graph.add_import(importer="a.low", imported="a.high")
    assert list(problems(graph, parse(["a.low: a.high", "a.high:"]))) == [
        "a.low may not import a.high, which is not listed before it"
    ]
