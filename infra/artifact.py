"""Copies a handler and every module of ours that it imports, directly or not, into a Lambda artifact.

The Makefile's `build-...` targets call it; it needs only the standard library:
`python3 infra/artifact.py ingest.pull.handler FOLDER`.
"""

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def closure(root: Path, module: str) -> set[Path]:
    """List the files below `root` of a module and of all that it imports from there, packages included.

    The paths are relative to `root`. Imports are read from the source, also those inside functions. Raises
    FileNotFoundError.
    """
    if _file(root, module) is None:
        raise FileNotFoundError(f"module {module} is not below {root}")
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(root, name)
        if file is None or file in found:
            continue
        found.add(file)
        waiting += _imports(root / file, name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
    return found


def _file(root: Path, module: str) -> Path | None:
    path = Path(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if (root / candidate).is_file()), None)


def _imports(file: Path, module: str) -> Iterator[str]:
    """Every name that may be a module: for `from a.b import c` both `a.b` and `a.b.c`."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def copy(root: Path, module: str, artifact: Path) -> None:
    """Copy the module's closure into the artifact's folder."""
    for file in sorted(closure(root, module)):
        target = artifact / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, target)


if __name__ == "__main__":
    copy(ROOT, sys.argv[1], Path(sys.argv[2]))
