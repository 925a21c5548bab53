"""The files for running the gateway, checked with the tools that read them where these are installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FILES = ROOT / "infra" / "gateway"


@pytest.mark.parametrize("script", sorted(FILES.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_posix(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)


@pytest.mark.system
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With a command that exists here; the unit's real command is checked first."""
    unit = (FILES / "occupancy-gateway.service").read_text()
    assert "/opt/occupancy-gateway/bin/occupancy gateway run" in unit
    path = tmp_path / "occupancy-gateway.service"
    path.write_text(unit.replace("/opt/occupancy-gateway/bin/occupancy", sys.executable))

    found = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False
    )
    mistakes = [line for line in found.stderr.splitlines() if "occupancy-gateway.service" in line]
    assert not mistakes


def linter(name: str) -> list[str]:
    """The program of that name, next to this Python or on PATH."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return [found]


@pytest.mark.system
def test_hadolint_finds_nothing_in_the_containerfile(tmp_path: Path) -> None:
    poor = tmp_path / "Containerfile"
    poor.write_text("FROM docker.io/library/debian\nRUN cd /tmp\n")
    hadolint = [*linter("hadolint"), "--no-color"]

    found = subprocess.run([*hadolint, str(poor)], capture_output=True, text=True, check=False)
    assert "DL3006" in found.stdout
    found = subprocess.run(
        [*hadolint, str(FILES / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.returncode) == ("", 0)


@pytest.mark.system
def test_shellcheck_finds_nothing_in_the_scripts(tmp_path: Path) -> None:
    poor = tmp_path / "poor.sh"
    poor.write_text("#!/bin/sh\nrm $1\n")
    shellcheck = linter("shellcheck")

    found = subprocess.run([*shellcheck, str(poor)], capture_output=True, text=True, check=False)
    assert "SC2086" in found.stdout
    scripts = [str(path) for path in (*FILES.glob("*.sh"), ROOT / ".ci" / "run")]
    found = subprocess.run([*shellcheck, *scripts], capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("", 0)


def test_the_container_is_built_of_what_is_there_and_runs_as_nobody() -> None:
    lines = (FILES / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    words = [word for word, _, _ in steps]
    rest = {word: rest for word, _, rest in steps}

    assert words[0] == "FROM"
    assert set(words) <= {"FROM", "COPY", "RUN", "USER", "ENV", "VOLUME", "ENTRYPOINT", "CMD"}
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-\w+", rest["FROM"])
    for source in (path for word, _, paths in steps if word == "COPY" for path in paths.split()[:-1]):
        assert (ROOT / source).exists(), source
    assert rest["USER"] == "10001"
    for word in ("ENTRYPOINT", "CMD"):
        assert isinstance(json.loads(rest[word]), list)


def test_the_greengrass_recipe_has_what_greengrass_needs() -> None:
    recipe = yaml.safe_load((FILES / "greengrass.yaml").read_text())

    assert recipe["RecipeFormatVersion"] == "2020-01-25"
    assert re.fullmatch(r"\d+\.\d+\.\d+", recipe["ComponentVersion"])
    assert "aws.greengrass.TokenExchangeService" in recipe["ComponentDependencies"]
    (manifest,) = recipe["Manifests"]
    assert "infra/gateway/install.sh --packages" in manifest["Lifecycle"]["Install"]["Script"]
    run = manifest["Lifecycle"]["Run"]["Script"]
    for place in re.findall(r"\{configuration:/(\w+)\}", run):
        assert place in recipe["ComponentConfiguration"]["DefaultConfiguration"]


def test_memory_is_given_back_however_it_runs() -> None:
    unit, container = ((FILES / name).read_text() for name in ("occupancy-gateway.service", "Containerfile"))
    (manifest,) = yaml.safe_load((FILES / "greengrass.yaml").read_text())["Manifests"]
    settings = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}

    assert manifest["Lifecycle"]["Setenv"] == settings
    for text in (unit, container):
        assert dict(re.findall(r"(MALLOC_\w+)=(\d+)", text)) == settings


class Provider(BaseHTTPRequestHandler):
    """AWS IoT's credentials provider, as in its API reference."""

    def do_GET(self) -> None:
        known = self.path == "/role-aliases/gateway/credentials"
        self.send_response(200 if known else 403)
        self.end_headers()
        given = {
            "accessKeyId": "AKID",
            "secretAccessKey": "secret",
            "sessionToken": "token",
            "expiration": "2026-11-23T12:00:00Z",
        }
        self.wfile.write(json.dumps({"credentials": given} if known else {"message": "no"}).encode())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.mark.system
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("alias", "code"), [("gateway", 0), ("other", 1)])
def test_iot_credentials_as_boto3_reads_them(tmp_path: Path, alias: str, code: int) -> None:
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        command = [str(FILES / "iot-credentials.sh"), address, alias, str(tmp_path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        server.shutdown()

    assert found.returncode == code
    if code == 0:
        assert json.loads(found.stdout) == {
            "Version": 1,
            "AccessKeyId": "AKID",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": "2026-11-23T12:00:00Z",
        }
    else:
        assert found.stdout == ""
