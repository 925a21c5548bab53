"""`gateway check`."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.table import CameraRegistry
from tests.credentials import PASSWORD, USER
from tests.infra.cli.conftest import Run
from tests.infra.cli.gateway.conftest import config
from tests.ingest.gateway.videos import Made, jpeg, write
from tests.ingest.gateway.webcam import webcam

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def test_check_says_what_can_be_used_and_what_not(
    run: Run, tmp_path: Path, path: Path, registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tmp_path / "good.mp4"
    write(good, Made(frames=100, gop=25))
    cameras = {
        "good": str(good),
        "nobody": f"rtsp://{USER}:${{WORD}}@127.0.0.1:1/",
        "unset": "rtsp://${NO_SUCH_VARIABLE}@127.0.0.1/",
        "file": str(tmp_path / "none.mp4"),
    }
    for name in cameras:
        registry.add(Camera(name, "shop", SINCE))
    config(path, {name: {"url": url} for name, url in cameras.items()}, registry_table=registry._table)
    monkeypatch.setenv("WORD", PASSWORD)
    result = run("gateway", "check", "--config", str(path), "--seconds", "1")

    assert result.exit_code == 1
    rows = [re.split("  +", line.strip()) for line in result.stdout.splitlines()[2:]]
    assert [[*row[:3], row[-1]] for row in rows] == [
        ["good", "H.264 160x96", "25.0", "good"],
        ["nobody", "-", "-", "unusable"],
        ["unset", "-", "-", "unusable"],
        ["file", "-", "-", "unusable"],
    ]
    assert result.stderr.splitlines() == [
        "Warning: camera nobody: rtsp://127.0.0.1:1/ refuses the connection: is that its port?",
        "Warning: camera unset: environment variable 'NO_SUCH_VARIABLE' is not set: set it",
        f"Warning: camera file: {tmp_path}/none.mp4 does not exist",
    ]


def test_check_says_what_run_would_refuse(
    run: Run, tmp_path: Path, path: Path, registry: CameraRegistry
) -> None:
    good = tmp_path / "good.mp4"
    write(good, Made(frames=100, gop=25))
    for camera in (
        Camera("good", "shop", SINCE),
        Camera("elsewhere", "other", SINCE),
        Camera("pushed", "shop", SINCE, Source.PUSH),
        Camera("images", "shop", SINCE, mode=Mode.IMAGES),
    ):
        registry.add(camera)
    cameras = {name: {"url": str(good)} for name in ("good", "elsewhere", "pushed", "images", "new")}
    cameras["all"] = {**cameras["good"], "send": "all"}
    registry.add(Camera("all", "shop", SINCE, mode=Mode.IMAGES))
    config(path, cameras, registry_table=registry._table)

    result = run("gateway", "check", "--config", str(path), "--seconds", "1")

    assert result.exit_code == 1
    assert [line.split()[-1] for line in result.stdout.splitlines()[2:]] == (
        ["good", "unusable", "unusable", "advice", "unusable", "good"]
    )
    assert [line[:75] for line in result.stderr.splitlines()] == [
        "Warning: camera elsewhere: camera 'elsewhere' belongs to store 'other' in t",
        "Warning: camera pushed: camera 'pushed' has source 'push' in the registry, ",
        "Warning: camera images: it is in mode images, which needs every frame: set ",
        "Warning: camera new: camera 'new' is not in the registry: run `occupancy ca",
    ]


def test_check_says_that_it_has_not_looked_at_the_registry(
    run: Run, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tmp_path / "good.mp4"
    write(good, Made(frames=100, gop=25))
    config(path, {"good": {"url": str(good)}})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    result = run("gateway", "check", "--config", str(path), "--seconds", "1")

    assert result.exit_code == 0
    assert result.stderr.startswith(
        "Warning: the registry could not be checked: no AWS credentials were found: run"
    )
    assert len(result.stderr.splitlines()) == 1


def test_check_knows_a_webcam_that_gives_pictures_only(
    run: Run, tmp_path: Path, path: Path, registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add(Camera("till", "shop", SINCE, Source.PUSH))
    registry.add(Camera("none", "shop", SINCE))
    monkeypatch.setattr("ingest.gateway.config.addresses._DEVICE_PATHS", (str(tmp_path / "video"),))
    monkeypatch.setattr("ingest.gateway.config.addresses.DEVICE_FORMAT", "mjpeg")
    with webcam(tmp_path / "video0") as camera:
        camera.frame = jpeg((640, 480))
        cameras = {"till": {"url": str(camera.path)}, "none": {"url": str(tmp_path / "video1")}}
        config(path, cameras, registry_table=registry._table)
        result = run("gateway", "check", "--config", str(path), "--seconds", "2")

    assert result.exit_code == 1
    assert f"JPEG of {len(camera.frame) // 1000} kB (push)" in result.stdout
    assert result.stderr.splitlines() == [
        f"Warning: camera none: {tmp_path}/video1 does not exist: is it plugged in?"
    ]
