"""The unit in one process: capture, upload, display and status in parallel."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from moto import mock_aws

from deeplens.camera.capture import Capture
from deeplens.common.settings import Settings
from deeplens.service import Service
from ingest.frames.keys import FrameKey, parse
from tests.awaiting import await_that
from tests.deeplens.unit import Library, stripes

PICTURE = stripes(270, 480)


@pytest.fixture(autouse=True)
def cloud() -> Iterator[None]:
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="frames")
        yield


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library([(True, PICTURE)])
    monkeypatch.setitem(sys.modules, "awscam", library)
    return library


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    spool, fifo = str(tmp_path / "spool"), str(tmp_path / "display.mjpeg")
    return Settings("frames", "till-1", 1, spool=spool, display_fifo=fifo)


def keys() -> list[FrameKey]:
    contents = boto3.client("s3").list_objects_v2(Bucket="frames").get("Contents", [])
    return [key for entry in contents if isinstance(key := parse(entry["Key"]), FrameKey)]


def run(service: Service) -> Thread:
    thread = Thread(target=service.run)
    thread.start()
    return thread


def end(service: Service, thread: Thread) -> None:
    service.stopping.set()
    thread.join(15)
    assert not thread.is_alive()


def test_a_frame_each_second_while_somebody_watches(
    settings: Settings, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "deeplens")
    service = Service(settings)
    thread = run(service)
    await_that(Path(settings.display_fifo).is_fifo)
    with Path(settings.display_fifo).open("rb") as display:
        assert display.read(2) == b"\xff\xd8"
        await_that(lambda: len(keys()) >= 3)
    end(service, thread)
    found = keys()
    assert {key.camera_id for key in found} == {"till-1"}
    seconds = [int(key.instant.timestamp()) for key in found]
    assert seconds == list(range(seconds[0], seconds[0] + len(seconds)))
    assert all(0 <= (key.instant - key.frame_time).total_seconds() < 1 for key in found)
    assert service.status_log.problems == {}
    assert caplog.text.count("the first frame is in the bucket") == 1
    assert 'status {"camera_id": "till-1"' in caplog.text


def test_a_bucket_that_is_not_there_holds_up_nothing_but_the_upload(
    settings: Settings, library: Library
) -> None:
    service = Service(settings._replace(bucket="gone"))
    thread = run(service)
    await_that(lambda: "upload" in service.status_log.problems)
    boto3.client("s3").create_bucket(Bucket="gone")
    await_that(lambda: service.status_log.counts["sent"] >= 2)
    end(service, thread)
    assert service.status_log.counts["dropped"] == 0


def test_what_nobody_foresaw_ends_the_service_with_its_error(
    settings: Settings, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So systemd restarts it, and no service continues without one of its parts."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Capture, "sample", broken)
    with pytest.raises(ZeroDivisionError):
        Service(settings).run()


def test_wrong_settings_are_sentences_and_exit_code_78(tmp_path: Path) -> None:
    result = main(tmp_path, OCCUPANCY_BUCKET="frames", OCCUPANCY_SAMPLE_EVERY="5 minutes")
    assert (result.returncode, result.stdout) == (78, "")
    assert result.stderr.splitlines() == [
        "camera_id is not set", "sample_every '5 minutes' is not a whole number: give 1 to 840 seconds",
    ]  # fmt: skip


def test_check_ends_at_once(tmp_path: Path) -> None:
    result = main(tmp_path, "--check", OCCUPANCY_BUCKET="frames", OCCUPANCY_CAMERA_ID="till-1")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "camera till-1: settings are correct, pictures come from /dev/video0\n"


def test_no_region_is_a_sentence(tmp_path: Path) -> None:
    given = {"OCCUPANCY_BUCKET": "frames", "OCCUPANCY_CAMERA_ID": "till-1", "AWS_DEFAULT_REGION": ""}
    result = main(tmp_path, OCCUPANCY_SPOOL=str(tmp_path), **given)
    assert result.returncode == 78
    assert result.stderr == "AWS_DEFAULT_REGION is not set: give the region of the stack\n"


def test_a_unit_without_camera_network_and_disk_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = start(
        tmp_path,
        OCCUPANCY_BUCKET="frames",
        OCCUPANCY_CAMERA_ID="till-1",
        OCCUPANCY_DEVICE="/dev/video-none",
        OCCUPANCY_SPOOL=str(tmp_path / "file"),
        OCCUPANCY_DISPLAY_FIFO=str(tmp_path / "file"),
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
    )
    assert process.stderr is not None
    lines: list[str] = []
    while not (lines and lines[-1].startswith("INFO status") and '"display"' in lines[-1]) and len(lines) < 9:
        lines.append(process.stderr.readline())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    text = "".join(lines)
    assert "WARNING spool: " in text
    assert "WARNING camera: camera /dev/video-none cannot be opened" in text
    assert "WARNING display: nothing is shown at" in text


def start(folder: Path, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    given = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return subprocess.Popen(
        [sys.executable, "-m", "deeplens", *arguments],
        env=given | {"PATH": "/usr/bin:/bin", "HOME": str(folder)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def main(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    process = start(folder, *arguments, **variables)
    out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)
