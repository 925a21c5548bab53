"""Which of our modules go into an artifact: the imports of an invented tree."""

from pathlib import Path

import pytest

from infra.artifact import closure, copy

TREE = {
    "hop/__init__.py": "",
    "hop/edge.py": "import json\nfrom hop.core import decide\nfrom hop import words\nimport boto3\n",
    "hop/core.py": "def decide():\n    from hop.wire.reader import read\n    return read\n",
    "hop/words.py": "import other.thing\n",
    "hop/wire/__init__.py": "",
    "hop/wire/reader.py": "from . import codec\nfrom ..words import x\n",
    "hop/wire/codec.py": "from hop import edge\n",
    "hop/wire/writer.py": "import aiohttp\n",
    "hop/unused.py": "",
    "other/__init__.py": "",
    "other/thing.py": "",
    "other/unused.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, source in TREE.items():
        file = tmp_path / "root" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("module", "left_out"),
    [
        ("hop.edge", {"hop/wire/writer.py", "hop/unused.py", "other/unused.py"}),
        ("other", set(TREE) - {"other/__init__.py"}),
        ("other.thing", set(TREE) - {"other/__init__.py", "other/thing.py"}),
    ],
)
def test_closure(root: Path, module: str, left_out: set[str]) -> None:
    assert {str(file) for file in closure(root, module)} == set(TREE) - left_out


def test_copy_keeps_the_folders(root: Path, tmp_path: Path) -> None:
    copy(root, "hop.wire.reader", tmp_path / "artifact")
    assert (tmp_path / "artifact/hop/wire/reader.py").read_text() == TREE["hop/wire/reader.py"]


def test_a_module_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"hop\.gone"):
        closure(root, "hop.gone")
