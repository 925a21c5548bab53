"""The Greengrass recipe: it sets settings that exist, and its script starts the code out of the zip."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from deeplens.common.settings import load
from tests.infra.rendered import ROOT

RECIPE: dict[str, Any] = yaml.safe_load((ROOT / "infra/deeplens/recipe.yaml").read_text())
(MANIFEST,) = RECIPE["Manifests"]
RUN = MANIFEST["Lifecycle"]["Run"]
CONFIGURATION = RECIPE["ComponentConfiguration"]["DefaultConfiguration"]


def filled(text: str, folder: Path, values: dict[str, str]) -> str:
    """As Greengrass fills in a recipe's variables."""
    text = text.replace("{artifacts:decompressedPath}", str(folder)).replace("{work:path}", str(folder))
    return re.sub(r"\{configuration:/(\w+)\}", lambda match: values[match[1]], text)


def test_every_variable_is_a_setting_and_every_default_is_right(tmp_path: Path) -> None:
    values = CONFIGURATION | {"bucket": "frames", "camera_id": "till-1"}
    assert all(isinstance(value, str) for value in CONFIGURATION.values())  # put in as they are written
    environ = {name: filled(text, tmp_path, values) for name, text in RUN["Setenv"].items()}
    settings = load(environ, None)
    assert {name for name in environ if name.startswith("OCCUPANCY_")} == set(environ)
    assert settings.spool == f"{tmp_path}/spool"
    used = set(re.findall(r"\{configuration:/(\w+)\}", " ".join([RUN["Script"], *RUN["Setenv"].values()])))
    assert used == set(CONFIGURATION)


def test_the_script_starts_the_code_out_of_the_zip(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "deeplens", tmp_path / "zip/deeplens", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.make_archive(str(tmp_path / "deeplens"), "zip", tmp_path / "zip")
    artifacts = tmp_path / "decompressed"
    shutil.unpack_archive(tmp_path / "deeplens.zip", artifacts / "deeplens")
    values = CONFIGURATION | {"python": sys.executable, "sample_every": "0", "bucket": "frames"}
    environ = {name: filled(text, artifacts, values) for name, text in RUN["Setenv"].items()}
    result = subprocess.run(
        ["/bin/sh", "-c", filled(RUN["Script"], artifacts, values)],
        env=environ | {"AWS_REGION": "eu-central-1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 78
    assert "camera_id is not set" in result.stderr
    assert "sample_every '0' is outside 1 to 840 seconds" in result.stderr


def test_what_the_zip_is_called() -> None:
    (artifact,) = MANIFEST["Artifacts"]
    assert artifact["Unarchive"] == "ZIP"
    assert artifact["URI"].endswith("/deeplens.zip")
