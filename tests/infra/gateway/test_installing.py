"""The ways to run the gateway: its files are read by what they are for, as far as that is on this machine."""

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
    """With a command that is there: the unit's own is checked below."""
    unit = (FILES / "occupancy-gateway.service").read_text()
    assert "/opt/occupancy-gateway/bin/occupancy gateway run" in unit
    path = tmp_path / "occupancy-gateway.service"
    path.write_text(unit.replace("/opt/occupancy-gateway/bin/occupancy", sys.executable))

    found = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False
    )
    mistakes = [line for line in found.stderr.splitlines() if "occupancy-gateway.service" in line]
    assert not mistakes


@pytest.mark.system
def test_the_installers_packages_are_enough_for_the_command(tmp_path: Path) -> None:
    """What the container and Greengrass run: an environment of its own, without what tests need."""
    prefix = tmp_path / "gateway"
    environ = {**os.environ, "PREFIX": str(prefix), "PYTHON": sys.executable}
    copy = tmp_path / "checkout"
    for name in ("ingest", "counter", "infra", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)

    subprocess.run(
        [str(copy / "infra/gateway/install.sh"), "--packages"], env=environ, check=True, timeout=900
    )

    command = [str(prefix / "bin/occupancy"), "gateway"]
    config = tmp_path / "gateway.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "store": "shop",
                "registry_table": "cameras",
                "frame_bucket": "frames",
                "cameras": {"door": {"url": "rtsp://127.0.0.1:1/"}, "till": {"url": "http://127.0.0.1:1/"}},
            }
        )
    )
    check = [*command, "check", "--config", str(config)]
    found = subprocess.run(check, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 1
    assert "camera door: rtsp://127.0.0.1:1/ refuses the connection" in found.stderr
    names = {path.name for path in (prefix / "lib").glob("python*/site-packages/*")}
    assert not names & {"moto", "cv2", "numpy", "pytest"}


def test_the_container_is_built_of_what_is_there_and_runs_as_nobody() -> None:
    lines = (FILES / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    words = [word for word, _, _ in steps]
    rest = {word: rest for word, _, rest in steps}

    assert words[0] == "FROM"
    assert set(words) <= {"FROM", "COPY", "RUN", "USER", "ENV", "VOLUME", "ENTRYPOINT", "CMD"}
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-\w+", rest["FROM"])
    for source in (one for word, _, places in steps if word == "COPY" for one in places.split()[:-1]):
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


class Provider(BaseHTTPRequestHandler):
    """AWS IoT's credentials provider, as its API reference has it."""

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
        """Nothing."""


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
