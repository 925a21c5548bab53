"""What the unit has: Python 3.7's language and library, boto3, cv2, numpy. Nothing of ours."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import deeplens

FOLDER = Path(deeplens.__path__[0])
FILES = sorted(FOLDER.rglob("*.py"))
THE_UNITS = {"boto3", "botocore", "dateutil", "cv2", "numpy"}
OPTIONAL = {"paho"}
TYPES = {"mypy_boto3_s3", "mypy_boto3_dynamodb"}
"""Imported for the type checker alone."""


def vermin(*paths: Path) -> "subprocess.CompletedProcess[str]":
    program = str(Path(sys.executable).parent / "vermin")
    command = [program, "--target=3.7-", "--no-tips", "--violations", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_language_and_library_are_those_of_3_7() -> None:
    result = vermin(*FILES)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("source", ["if (n := 3): pass", "import zoneinfo", "'ab'.removeprefix('a')"])
def test_what_came_later_is_found(tmp_path: Path, source: str) -> None:
    """The test above can fail."""
    file = tmp_path / "later.py"
    file.write_text(source)
    result = vermin(file)
    assert result.returncode == 1
    assert "Target versions not met" in result.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_annotations_are_never_evaluated(file: Path) -> None:
    """So that they may be written as they are today."""
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 7))
    if any(isinstance(node, ast.FunctionDef | ast.AnnAssign) for node in ast.walk(tree)):
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert imports[0].module == "__future__"


def imported(file: Path) -> Iterator[str]:
    """The top-level names of all that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield (node.module or "").partition(".")[0]


def test_it_needs_only_what_the_unit_has() -> None:
    found = {name for file in FILES for name in imported(file)}
    assert found - sys.stdlib_module_names == THE_UNITS | OPTIONAL | TYPES | {"deeplens"}


def test_only_what_can_be_done_without_is_imported_late() -> None:
    """Every module can be imported with only the packages that the unit has."""
    hidden = [*OPTIONAL, *TYPES, "awscam", "ingest", "counter", "infra"]
    names = (".".join(file.relative_to(FOLDER.parent).with_suffix("").parts) for file in FILES)
    modules = [name.removesuffix(".__init__") for name in names]
    script = (
        f"import importlib, sys\nsys.modules.update(dict.fromkeys({hidden}))\n"
        f"for name in {modules}: importlib.import_module(name)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
