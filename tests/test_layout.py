"""The layout: packages, small rooms, one class per name, a test for each module, purity where claimed."""

import ast
import json
import re
import subprocess
import sys
import tomllib
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


def test_import_linter_reads_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert tuple(settings["tool"]["importlinter"]["root_packages"]) == PACKAGES


def no_packages(root: Path) -> list[str]:
    """The folders that hold modules but no `__init__.py`: no import contract sees what is in them."""
    folders = {
        root / folder
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        if not set(NO_PACKAGES_OF_OURS) & set(path.parts)
        for folder in path.relative_to(root).parents
        if folder.parts
    }
    return sorted(
        folder.relative_to(root).as_posix() for folder in folders if not (folder / "__init__.py").exists()
    )


def test_every_folder_of_modules_is_a_package() -> None:
    assert no_packages(ROOT) == []


def test_a_folder_that_is_no_package_is_found(tmp_path: Path) -> None:
    for folder in ("counter", "infra/hidden/open", "infra/local/unit_library"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("counter/__init__.py", "infra/__init__.py", "infra/local/__init__.py"):
        (tmp_path / file).touch()
    for file in ("counter/count.py", "infra/hidden/open/__init__.py", "infra/local/unit_library/mo.py"):
        (tmp_path / file).touch()
    assert no_packages(tmp_path) == ["infra/hidden"]


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


def names(docstring: str, module: str) -> bool:
    """Whether a docstring names a module, as `module` or module.py: a word of the language is no name."""
    return bool(re.search(rf"`{module}(\.py)?`|(?<![\w/]){module}\.py\b", docstring))


def said(folder: Path, stem: str) -> bool:
    """Whether the test folder names the module, or a folder above it does, with the path from there."""
    above = (parent for parent in (folder, *folder.parents) if parent.is_relative_to(ROOT / "tests"))
    return any(
        names(
            (parent / "__init__.py").read_text(encoding="utf-8"),
            (folder / stem).relative_to(parent).as_posix(),
        )
        for parent in above
        if (parent / "__init__.py").exists()
    )


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_has_a_test_of_its_name_or_its_folder_says_what_tests_it(path: Path) -> None:
    folder = ROOT / "tests" / path.parent
    own = folder / f"test_{path.stem}.py"
    assert own.exists() or said(folder, path.stem), (
        f"write {own.relative_to(ROOT)}, or say in the __init__.py beside it which test covers `{path.stem}`"
    )


@pytest.mark.parametrize(
    ("docstring", "named"),
    [
        ("`test_server` covers `image`, too.", True),
        ("`test_server` covers `image.py`.", True),
        ("test_server.py covers image.py.", True),
        ("test_server.py covers image on the wire.", False),
        ("`test_server` sends an image.", False),
        ("test_image.py covers the others.", False),
        ("`test_image` covers `other/image`, other/image.py and `image_size`.", False),
    ],
)
def test_only_a_name_says_which_module_is_covered(docstring: str, *, named: bool) -> None:
    assert names(docstring, "image") == named


TEST_FOLDERS = sorted(path.parent for path in (ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("folder", TEST_FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_a_test_that_a_folder_names_exists(folder: Path) -> None:
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    tests = {match.removesuffix(".py") for match in re.findall(r"[\w./]*\btest_\w+(?:\.py)?", text)}
    assert {
        test for test in tests if not any((base / f"{test}.py").exists() for base in (folder, ROOT))
    } == set()


def claims_purity(docstring: str) -> bool:
    """Whether a module's docstring says that it is pure, at any place in a sentence."""
    return bool(re.search(r"(?<!not )\bpure\b", docstring, re.IGNORECASE))


@pytest.mark.parametrize(
    ("docstring", "claimed"),
    [
        ("Counts people. Pure.", True),
        ("A pure module: counts people.", True),
        ("PURE", True),
        ("Counts people; not pure.", False),
        ("Counts people with an impure or purely made detector.", False),
    ],
)
def test_any_spelling_of_pure_is_a_claim(docstring: str, *, claimed: bool) -> None:
    assert claims_purity(docstring) == claimed


PURE = [dotted(path) for path in modules() if claims_purity(docstring(path))]
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
