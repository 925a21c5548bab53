"""The four Lambda artifacts, built by the Makefile's targets as `sam build` calls them.

What is in them, how much it is, and that their handlers can be imported from them alone.
"""

import hashlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
MB = 10**6

OURS = {
    "ScheduleFunction": ("ingest.schedule", {"ingest"}),
    "PullFunction": ("ingest.pull.handler", {"ingest"}),
    "CounterFunction": ("counter.counting.handler", {"ingest", "counter"}),
    "ClosingFunction": ("counter.closing.handler", {"ingest", "counter"}),
}
EVERYWHERE = {"aws_lambda_powertools", "jmespath", "typing_extensions.py", "tzdata"}
VIDEO = {"av", "av.libs"}
PULL_ALONE = {"boto3", "botocore", "dateutil", "s3transfer", "six.py", "urllib3"}
THIRD_PARTY = dict.fromkeys(OURS, EVERYWHERE) | {
    "PullFunction": EVERYWHERE | VIDEO | PULL_ALONE,
    "CounterFunction": EVERYWHERE | VIDEO,
}
DECODING = ("PullFunction", "CounterFunction")
LIMITS = dict.fromkeys(OURS, 12 * MB) | dict.fromkeys(DECODING, 150 * MB)
FROM_THE_RUNTIME = ("boto3", "botocore", "dateutil", "s3transfer", "six.py", "urllib3")

AARCH64 = 183
"""`e_machine` of an ELF file for 64-bit ARM."""

Build = Callable[[str, str], Path]

pytestmark = [pytest.mark.system, pytest.mark.parametrize("function", OURS)]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Builds an artifact for `lambda` or for this `host`, once each."""
    built: dict[tuple[str, str], Path] = {}

    def artifact(function: str, platform: str) -> Path:
        if (function, platform) not in built:
            built[function, platform] = make(
                function, platform, tmp_path_factory.mktemp(f"{function}-{platform}")
            )
        return built[function, platform]

    return artifact


def make(function: str, platform: str, folder: Path) -> Path:
    variables = [f"ARTIFACTS_DIR={folder}", f"BUILD_PLATFORM={platform}", f"PYTHON={sys.executable}"]
    subprocess.run(["make", "-C", str(ROOT), f"build-{function}", *variables], check=True)
    return folder


def files(artifact: Path) -> list[Path]:
    return sorted(file.relative_to(artifact) for file in artifact.rglob("*") if file.is_file())


def test_contents(build: Build, function: str) -> None:
    artifact = build(function, "lambda")
    top = {entry.name for entry in artifact.iterdir() if entry.suffix != ".dist-info"}
    assert top == OURS[function][1] | THIRD_PARTY[function]
    names = {part for file in files(artifact) for part in file.parts}
    assert not names & {"tests", "__pycache__", "numpy", "cv2", "aiohttp", "RECORD"}


def test_size(build: Build, function: str) -> None:
    artifact = build(function, "lambda")
    size = sum((artifact / file).stat().st_size for file in files(artifact))
    print(f"{function}: {size / MB:.1f} MB")
    assert size <= LIMITS[function]


def test_machine_code_is_for_arm64(build: Build, function: str) -> None:
    artifact = build(function, "lambda")
    libraries = [artifact / file for file in files(artifact) if ".so" in file.suffixes]
    assert bool(libraries) == (function in DECODING)
    for library in libraries:
        assert struct.unpack_from("<H", library.read_bytes(), 18) == (AARCH64,), library.name


def test_current_botocore_for_the_pull(build: Build, function: str) -> None:
    """Before 1.44 it cut the times of KVS requests to whole seconds; Lambda's own may be older."""
    found = [entry.name for entry in build(function, "lambda").glob("botocore-*.dist-info")]
    versions = [tuple(int(part) for part in name.split("-")[1].split(".")[:2]) for name in found]
    assert [version >= (1, 44) for version in versions] == ([True] if function == "PullFunction" else [])


def test_handler_is_imported_from_the_artifact_alone(build: Build, function: str, tmp_path: Path) -> None:
    artifact = build(function, "host")
    module = OURS[function][0]
    path = [artifact] if function == "PullFunction" else [artifact, runtime(tmp_path / "runtime")]
    script = (
        f"import sys; sys.dont_write_bytecode = True; sys.path[:0] = {[str(folder) for folder in path]}\n"
        f"import {module}; assert callable({module}.handler)\n"
        "ours = [m for n, m in sys.modules.items() if n.partition('.')[0] in ('ingest', 'counter')]\n"
        "print(*(m.__file__ for m in ours), sep='\\n')"
    )
    # -I -S: neither this project nor its installed packages can be imported. No variable is set.
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], env={}, check=True, capture_output=True, text=True
    )
    loaded = {Path(file).relative_to(artifact) for file in result.stdout.split()}
    carried = {file for file in files(artifact) if file.parts[0] in OURS[function][1]}
    assert loaded == carried, "what the artifact carries of ours is what the handler imports"


def runtime(folder: Path) -> Path:
    """What Lambda's Python runtime contains: boto3 and its dependencies."""
    folder.mkdir()
    installed = Path(boto3.__path__[0]).parent
    for name in FROM_THE_RUNTIME:
        (folder / name).symlink_to(installed / name)
    return folder


def test_the_same_source_gives_the_same_artifact(build: Build, function: str, tmp_path: Path) -> None:
    assert digest(make(function, "lambda", tmp_path / "again")) == digest(build(function, "lambda"))
    shutil.rmtree(tmp_path / "again")


def digest(artifact: Path) -> str:
    """The hash of every file's name, time and content: all that goes into the zip for Lambda."""
    total = hashlib.sha256()
    for file in files(artifact):
        total.update(os.fsencode(file))
        total.update(str((artifact / file).stat().st_mtime_ns).encode())
        total.update((artifact / file).read_bytes())
    return total.hexdigest()
