"""A wheel contains the files of the page."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.cli.view.server import PAGE

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.system
def test_a_wheel_has_the_page(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for folder in ("ingest", "counter", "deeplens", "infra"):
        shutil.copytree(ROOT / folder, source / folder)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        page = {name.rpartition("/")[2] for name in packed.namelist() if "/view/page/" in name}
    assert page == {name for name, _ in PAGE.values()}


def test_every_file_of_the_page_is_served() -> None:
    folder = ROOT / "infra" / "cli" / "view" / "page"
    assert {path.name for path in folder.iterdir()} == {name for name, _ in PAGE.values()}
