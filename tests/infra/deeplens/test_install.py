"""The installer alone makes a tree that runs: here by this Python, and by Python 3.7 with boto3 1.33."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra.local.aws.moto import MotoServer
from infra.local.environment import environment
from ingest.frames.keys import FrameKey, parse
from tests.awaiting import await_that
from tests.infra.rendered import ROOT

INSTALLER = ROOT / "infra" / "deeplens" / "install.sh"
BUCKET = "frames"
CREDENTIALS = {"local": "local-secret"}
THE_UNITS = ("boto3==1.33.*", "numpy<2", "opencv-python-headless<5", "paho-mqtt>=2,<3")
LIBRARY = """
import numpy
picture = numpy.full((270, 480, 3), 99, numpy.uint8)
picture[:, numpy.arange(480) * 7 // 480 % 2 == 0] = 200  # of one colour, it would show nothing
def getLastFrame():
    return True, picture.copy()
"""


def install(tree: Path, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    command = [str(INSTALLER), "--root", str(tree)]
    variables = {"PATH": os.environ["PATH"], "PYTHON": python}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    assert install(tree).returncode == 0
    return tree


def files(tree: Path) -> set[str]:
    return {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}


def test_what_is_installed(tree: Path) -> None:
    code = {f"opt/store-occupancy/{path.relative_to(ROOT)}" for path in (ROOT / "deeplens").rglob("*.py")}
    etc = {f"etc/store-occupancy/{name}" for name in ("settings.json", "credentials.json", "aws-config")}
    assert files(tree) == code | etc | {"etc/systemd/system/store-occupancy.service"}
    texts = "".join((tree / name).read_text() for name in files(tree))
    assert "@PYTHON@" not in texts
    service = (tree / "etc/systemd/system/store-occupancy.service").read_text()
    assert f"ExecStart={sys.executable} -m deeplens" in service


def test_an_update_replaces_the_code_and_keeps_what_somebody_wrote(tree: Path) -> None:
    settings = tree / "etc/store-occupancy/settings.json"
    settings.write_text('{"bucket": "mine"}')
    old = tree / "opt/store-occupancy/deeplens/gone.py"
    old.write_text("of an earlier version")
    assert install(tree).returncode == 0
    assert settings.read_text() == '{"bucket": "mine"}'
    assert not old.exists()


@pytest.mark.parametrize(
    ("arguments", "python", "sentence"),
    [
        (["--prefix", "/x"], sys.executable, "--prefix is unknown: give no argument, or --root FOLDER"),
        (["--root"], sys.executable, "--root needs a folder"),
        (["--root", "/x"], "/gone/python3", "PYTHON=/gone/python3 does not run, or is older than 3.7"),
    ],
)
def test_mistakes_are_sentences(arguments: list[str], python: str, sentence: str) -> None:
    command = [str(INSTALLER), *arguments]
    variables = {"PATH": os.environ["PATH"], "PYTHON": python}
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert sentence in result.stderr


def test_the_settings_that_it_lays_out_say_what_is_missing(tree: Path) -> None:
    """They are those that the unit knows; bucket and name are left to fill in."""
    result = subprocess.run(
        [sys.executable, "-m", "deeplens", "--settings", str(tree / "etc/store-occupancy/settings.json")],
        cwd=tree / "opt/store-occupancy",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 78
    assert result.stderr.splitlines() == ["bucket is not set", "camera_id is not set"]


# ---- the installed tree at work, by whatever Python


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An endpoint with the bucket."""
    with MotoServer(CREDENTIALS) as moto:
        variables = {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        with environment(variables):
            boto3.client("s3", endpoint_url=moto.url).create_bucket(Bucket=BUCKET)
        yield moto.url


def sends_frames(python: Path, tree: Path, endpoint: str, camera_id: str) -> None:
    """Start the installed service as systemd would, with a camera library, and look into the bucket."""
    library = tree / "library"
    library.mkdir()
    (library / "awscam.py").write_text(LIBRARY)
    process = subprocess.Popen(
        [str(python), "-m", "deeplens"],
        cwd=tree / "opt/store-occupancy",
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(library),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local-secret",
            "OCCUPANCY_BUCKET": BUCKET,
            "OCCUPANCY_CAMERA_ID": camera_id,
            "OCCUPANCY_SAMPLE_EVERY": "1",
            "OCCUPANCY_TIME_ZONE": "Europe/Berlin",
            "OCCUPANCY_OPENING_HOURS": "mon-sun 00:00-24:00",
            "OCCUPANCY_SPOOL": str(tree / "spool"),
            "OCCUPANCY_DISPLAY_FIFO": str(tree / "display.mjpeg"),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        await_that(lambda: process.poll() is not None or len(keys(endpoint, camera_id)) >= 3)
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert len(keys(endpoint, camera_id)) >= 3
    assert "WARNING" not in said


def keys(endpoint: str, camera_id: str) -> list[FrameKey]:
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="local", aws_secret_access_key="local-secret"
    )
    answer = client.list_objects_v2(Bucket=BUCKET, Prefix=f"frame/{camera_id}/")
    return [key for entry in answer.get("Contents", []) if isinstance(key := parse(entry["Key"]), FrameKey)]


def test_the_installed_tree_sends_frames(tree: Path, s3: str) -> None:
    sends_frames(Path(sys.executable), tree, s3, "this-python")


def python37() -> Path | None:
    """A Python 3.7 that runs: pyenv may have a shim for a version that is not selected."""
    found = [shutil.which("python3.7"), *map(str, Path.home().glob(".pyenv/versions/3.7*/bin/python3.7"))]
    for path in filter(None, found):
        if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return Path(path)
    return None


@pytest.mark.system
def test_python_3_7_with_boto3_1_33_sends_frames(tmp_path: Path, s3: str) -> None:
    base = python37()
    if base is None:
        pytest.skip("no Python 3.7 here")
    venv = tmp_path / "venv"
    subprocess.run([str(base), "-m", "venv", str(venv)], check=True)
    python = venv / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *THE_UNITS], check=True)
    tree = tmp_path / "tree"
    assert install(tree, str(python)).returncode == 0
    check = "import sys, boto3, paho.mqtt; assert sys.version_info[:2] == (3, 7); print(boto3.__version__)"
    version = subprocess.run([str(python), "-c", check], check=True, capture_output=True, text=True).stdout
    assert version.startswith("1.33.")
    sends_frames(python, tree, s3, "python-3-7")


@pytest.mark.system
def test_boto3_1_33_on_this_python_sends_frames(tmp_path: Path, s3: str) -> None:
    """The API's level, also where there is no Python 3.7."""
    old, tree = tmp_path / "boto3", tmp_path / "tree"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(old), "boto3==1.33.*"]
    subprocess.run(command, check=True)
    assert install(tree).returncode == 0
    for entry in old.iterdir():
        entry.rename(tree / "opt/store-occupancy" / entry.name)  # first on the service's path
    sends_frames(Path(sys.executable), tree, s3, "boto3-1-33")
