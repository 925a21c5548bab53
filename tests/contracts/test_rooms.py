"""The import contracts in pyproject.toml detect the violations that they are meant for."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from importlinter.configuration import configure
from importlinter.contracts.forbidden import ForbiddenContract

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

# Each imports a distribution that its room does not know.
PLANTED_OUTSIDE = [
    ("ingest.gateway.capture.framing", "boto3"),
    ("ingest.gateway.spool.spool", "botocore"),
    ("ingest.gateway.timing.clock", "boto3"),
    ("ingest.gateway.pictures.mjpeg", "botocore"),
    ("deeplens.camera.device", "boto3"),
    ("infra.iam.actions", "boto3"),
    ("infra.cli.terminal.console", "botocore"),
    ("ingest.registry.table", "cv2"),
    ("ingest.frames.keys", "av"),
    ("ingest.aws.dynamodb", "aiohttp"),
    ("counter.counting.detection", "cv2"),
    ("ingest.pull.handler", "click"),
    ("counter.rows.occupancy", "moto"),
    ("infra.local.cloud", "tests"),
]

IMPORT_LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
FORBIDDEN = [contract for contract in IMPORT_LINTER["contracts"] if contract["type"] == "forbidden"]


@pytest.fixture(scope="module")
def allowed() -> Allowed:
    (contract,) = (contract for contract in IMPORT_LINTER["contracts"] if contract["type"] == "rooms")
    return parse(contract["rooms"])


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*IMPORT_LINTER["root_packages"], include_external_packages=True, cache_dir=None)


def broken(graph: grimp.ImportGraph) -> list[str]:
    """The names of the `forbidden` contracts that the graph breaks."""
    configure()
    session = {key: value for key, value in IMPORT_LINTER.items() if key != "contracts"}
    contracts = []
    for contract in FORBIDDEN:
        # lint-imports, too, hands a contract its booleans as text.
        indirect = str(contract["allow_indirect_imports"])
        options = {**contract, "allow_indirect_imports": indirect}
        contracts.append(ForbiddenContract(contract["name"], session, options))
    return [contract.name for contract in contracts if not contract.check(graph, verbose=False).kept]


@pytest.fixture
def planted(graph: grimp.ImportGraph, request: pytest.FixtureRequest) -> Iterator[grimp.ImportGraph]:
    """The real graph with one more import."""
    importer, imported = request.param
    outside = imported.partition(".")[0] not in IMPORT_LINTER["root_packages"]
    added = outside and imported not in graph.modules
    if added:
        graph.add_module(imported, is_squashed=True)
    assert {importer, imported} <= graph.modules
    graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="planted")
    yield graph
    graph.remove_import(importer=importer, imported=imported)
    if added:
        graph.remove_module(imported)


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


def test_a_new_folder_in_a_room_has_no_rights_of_that_room(allowed: Allowed) -> None:
    graph = grimp.ImportGraph()
    for module in ("ingest.kvs.brand_new", "ingest.kvs.brand_new.thing", "ingest.aws.clients"):
        graph.add_module(module)
    graph.add_import(importer="ingest.kvs.brand_new.thing", imported="ingest.aws.clients")
    found = [problem for problem in problems(graph, allowed) if "any more" not in problem]
    assert found == ["ingest.kvs.brand_new is in no room of its own: add its folder to the contract"]


def test_the_packages_above_all_rooms_need_no_room(graph: grimp.ImportGraph, allowed: Allowed) -> None:
    above = {module for module in graph.modules if room_of(module, allowed) is None}
    ours = {module for module in above if not graph.is_module_squashed(module)}
    assert ours == {*IMPORT_LINTER["root_packages"], "infra.local"}


def test_no_room_imports_a_distribution_that_it_does_not_know(graph: grimp.ImportGraph) -> None:
    assert broken(graph) == []


@pytest.mark.parametrize("planted", PLANTED_OUTSIDE, indirect=True, ids=" -> ".join)
def test_a_planted_import_of_a_distribution_is_found(planted: grimp.ImportGraph) -> None:
    assert len(broken(planted)) == 1


def test_an_allowed_import_that_nothing_uses_is_found(graph: grimp.ImportGraph, allowed: Allowed) -> None:
    wider = {**allowed, "ingest.gateway.spool": allowed["ingest.gateway.spool"] | {"ingest.aws"}}
    assert list(problems(graph, wider)) == [
        "ingest.gateway.spool does not import ingest.aws any more: take it out of the contract"
    ]


def test_a_room_below_its_import_is_found() -> None:
    graph = grimp.ImportGraph()
    for module in ("a", "a.low", "a.high"):
        graph.add_module(module)
    graph.add_import(importer="a.low", imported="a.high")
    assert list(problems(graph, parse(["a.low: a.high", "a.high:"]))) == [
        "a.low may not import a.high, which is not listed before it"
    ]
