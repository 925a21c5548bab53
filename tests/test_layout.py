"""The layout: small rooms, class names that mean one thing, a test for each module, purity where claimed."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "counter", "deeplens", "infra")
MOST_MODULES = 15
HEAVY = ("boto3", "botocore", "av", "aiohttp", "cv2")
"""What a pure module does not reach when it is imported."""
SAME_NAME: dict[str, set[str]] = {}
"""Class names that may stand twice in a package, with the reason beside each."""
NO_PACKAGES_OF_OURS = ("unit_library",)
"""Folders whose modules are put beside a unit's own code, not imported from here."""


def modules() -> list[Path]:
    """Every module of ours, relative to the root, without `__init__.py`."""
    return [
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name != "__init__.py" and not set(NO_PACKAGES_OF_OURS) & set(path.parts)
    ]


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""


def test_no_folder_holds_more_modules_than_one_sees_at_a_glance() -> None:
    sizes = Counter(str(path.parent) for path in modules())
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_class_name_stands_for_two_things(package: str) -> None:
    found = Counter(
        node.name
        for path in modules()
        if path.parts[0] == package
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    twice = {name for name, times in found.items() if times > 1}
    assert twice == SAME_NAME.get(package, set())


def said_of_tests(folder: Path) -> str:
    """The docstrings of the test folder and of those above it."""
    files = (
        parent / "__init__.py"
        for parent in (folder, *folder.parents)
        if parent.is_relative_to(ROOT / "tests")
    )
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_has_a_test_of_its_name_or_its_folder_says_what_tests_it(path: Path) -> None:
    folder = ROOT / "tests" / path.parent
    own = folder / f"test_{path.stem}.py"
    assert own.exists() or re.search(rf"\b{path.stem}\b", said_of_tests(folder)), (
        f"write {own.relative_to(ROOT)}, or say in the __init__.py beside it which test covers {path.stem}"
    )


PURE = [dotted(path) for path in modules() if re.search(r"\bPure\b", docstring(path))]
REACH = """
import importlib, json, os, sys
for name in sys.argv[1:]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        importlib.import_module(name)
        os.write(writing, json.dumps(sorted(set(sys.modules) & set(%r))).encode())
        os._exit(0)
    os.close(writing)
    print(name, os.read(reading, 1000).decode() or "does not import")
    os.close(reading)
    os.wait()
"""


@pytest.fixture(scope="module")
def reached() -> dict[str, list[str]]:
    """What each module that says Pure has loaded once it is imported, each in a process of its own."""
    command = [sys.executable, "-c", REACH % (HEAVY,), *PURE]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = (line.partition(" ") for line in output.splitlines())
    return {name: json.loads(found) for name, _, found in lines}


@pytest.mark.parametrize("module", PURE)
def test_what_says_pure_reaches_no_io(reached: dict[str, list[str]], module: str) -> None:
    assert reached[module] == []


def test_a_module_that_is_not_pure_is_found() -> None:
    command = [sys.executable, "-c", REACH % (HEAVY,), "ingest.registry.table", "ingest.jpeg"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "boto3" in output.splitlines()[0]
    assert "av" in output.splitlines()[1]
