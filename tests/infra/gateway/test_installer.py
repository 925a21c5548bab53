"""Runs `infra/gateway/install.sh`: into a folder, and as root with a private /etc."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Installed:
    """A checkout, and the folder into which it was installed."""

    checkout: Path
    prefix: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """What the container and Greengrass run: a virtual environment without the tests' packages."""
    place = tmp_path_factory.mktemp("installed")
    prefix, copy = place / "gateway", place / "checkout"
    environ = {**os.environ, "PREFIX": str(prefix), "PYTHON": sys.executable}
    for name in ("ingest", "counter", "infra", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)

    subprocess.run(
        [str(copy / "infra/gateway/install.sh"), "--packages"], env=environ, check=True, timeout=900
    )
    return Installed(copy, prefix)


@pytest.mark.system
def test_the_installers_packages_are_enough_for_the_command(tmp_path: Path, installed: Installed) -> None:
    prefix = installed.prefix
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
    environ = {name: value for name, value in os.environ.items() if name != "AWS_ACCESS_KEY_ID"}
    found = subprocess.run(check, env=environ, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 1
    assert "camera door: rtsp://127.0.0.1:1/ refuses the connection" in found.stderr
    assert "the registry could not be checked: " in found.stderr
    names = {path.name for path in (prefix / "lib").glob("python*/site-packages/*")}
    assert not names & {"moto", "cv2", "numpy", "pytest"}


OWN_ETC = """
set -eu
mount -t tmpfs tmpfs "$SCRATCH"
mkdir "$SCRATCH/upper" "$SCRATCH/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" /etc
"""
SERVICE = """
mkdir -p /etc/systemd/system
"$INSTALL"
echo "--- first: $(cat "$SCRATCH/calls" | tr '\\n' ';')"
getent passwd occupancy-gateway
stat --format '%a %U:%G %n' /etc/occupancy-gateway /etc/occupancy-gateway/environment
cmp /etc/systemd/system/occupancy-gateway.service "$CHECKOUT/infra/gateway/occupancy-gateway.service"
cmp "$PREFIX/iot-credentials.sh" "$CHECKOUT/infra/gateway/iot-credentials.sh"
echo DOOR=word > /etc/occupancy-gateway/environment
touch /etc/occupancy-gateway/gateway.yaml
: > "$SCRATCH/calls"
"$INSTALL"
echo "--- again: $(cat "$SCRATCH/calls" | tr '\\n' ';')"
cat /etc/occupancy-gateway/environment
"""
SYSTEMCTL = '#!/bin/sh\necho "$*" >> "$SCRATCH/calls"\n'


@pytest.mark.system
def test_the_installer_sets_up_the_service_and_keeps_what_is_configured(
    tmp_path: Path, installed: Installed
) -> None:
    """As root, with a private /etc and a systemctl that only records its arguments."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "SCRATCH": str(tmp_path / "scratch"),
        "INSTALL": str(installed.checkout / "infra/gateway/install.sh"),
        "CHECKOUT": str(installed.checkout),
        "PREFIX": str(installed.prefix),
        "PYTHON": sys.executable,
    }
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("only root may have an /etc of its own")
    command = ["unshare", "--mount", "sh", "-c"]
    if subprocess.run([*command, OWN_ETC], env=environ, capture_output=True, check=False).returncode:
        pytest.skip("an /etc of its own cannot be had here")
    found = subprocess.run(
        [*command, OWN_ETC + SERVICE], env=environ, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    first, again = found.stdout.split("--- again: ")
    assert "Installed. Write /etc/occupancy-gateway/gateway.yaml" in first
    assert "--- first: daemon-reload;enable --quiet occupancy-gateway;\n" in first
    assert ":/var/lib/occupancy-gateway:/usr/sbin/nologin\n" in first
    assert "\n750 root:occupancy-gateway /etc/occupancy-gateway\n" in first
    assert "\n640 root:occupancy-gateway /etc/occupancy-gateway/environment\n" in first
    assert "Updated. See: journalctl -u occupancy-gateway -f" in first
    calls, _, environment = again.partition("\n")
    assert calls == "daemon-reload;enable --quiet occupancy-gateway;restart occupancy-gateway;"
    assert environment == "DOOR=word\n"
