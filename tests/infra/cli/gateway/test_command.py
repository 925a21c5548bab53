"""`gateway init`, `policy`, `status` and `run`; `check` is in test_check.py."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from infra.cli.gateway.clients import session_of
from infra.local.kvs.server import KvsServer
from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import load
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.table import CameraRegistry
from tests.credentials import AWS, AWS_KEY, AWS_SECRET, AWS_TOKEN, OTHER_PASSWORD, PASSWORD, USER
from tests.infra.cli.conftest import Run, refused
from tests.infra.cli.gateway.conftest import config
from tests.ingest.cloud import create_camera_table
from tests.ingest.gateway.videos import Made, write

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[4]


def test_init_writes_what_is_then_read(run: Run, registry: CameraRegistry, path: Path) -> None:
    registry.add(Camera("door", "shop", SINCE))
    registry.add(Camera("old-till", "shop", SINCE, Source.PUSH))
    registry.add(Camera("elsewhere", "other", SINCE))

    result = run("gateway", "init", "--store", "shop", "--config", str(path))

    assert result.exit_code == 0
    settings = load(path)
    assert (settings.store, settings.registry_table) == ("shop", registry._table)
    assert {name: camera.url for name, camera in settings.cameras.items()} == {
        "door": "rtsp://${DOOR_USER}:${DOOR_PASSWORD}@192.0.2.1/stream1",
        "old-till": "http://${OLD_TILL_USER}:${OLD_TILL_PASSWORD}@192.0.2.1/snapshot.jpg",
    }
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert f"{path} is written with 2 cameras" in result.stdout


def test_init_writes_names_that_yaml_reads_otherwise(run: Run, registry: CameraRegistry, path: Path) -> None:
    names = ("0x1f", "12", "2026-01-01", "4k", "null", "on")
    for name in names:
        registry.add(Camera(name, "2026", SINCE))

    run("gateway", "init", "--store", "2026", "--config", str(path))

    settings = load(path)
    assert settings.store == "2026"
    assert tuple(settings.cameras) == names
    variables = re.findall(r"\$\{(.*?)\}", path.read_text().partition("cameras:\n")[2])
    assert len(set(variables)) == 2 * len(names)
    assert [variable for variable in variables if not re.fullmatch("[A-Z_][A-Z0-9_]*", variable)] == []


def test_init_sends_all_of_a_camera_whose_images_are_asked_for(
    run: Run, registry: CameraRegistry, path: Path
) -> None:
    registry.add(Camera("door", "shop", SINCE))
    registry.add(Camera("exit", "shop", SINCE, mode=Mode.IMAGES))

    run("gateway", "init", "--store", "shop", "--config", str(path))

    assert {name: camera.send for name, camera in load(path).cameras.items()} == {
        "door": None,
        "exit": Send.ALL,
    }


def test_init_replaces_nothing(run: Run, registry: CameraRegistry, path: Path) -> None:
    registry.add(Camera("door", "shop", SINCE))
    path.write_text("mine")

    result = run("gateway", "init", "--store", "shop", "--config", str(path))

    refused(result, f"{path} already exists: give another file with --config")
    assert path.read_text() == "mine"


def test_init_of_a_store_without_cameras(run: Run, registry: CameraRegistry, path: Path) -> None:
    refused(
        run("gateway", "init", "--store", "shop", "--config", str(path)),
        "store 'shop' has no cameras in the registry: see `occupancy camera add --help`",
    )


@pytest.mark.parametrize("command", ["run", "check", "status", "policy"])
def test_a_configuration_that_is_wrong_is_one_sentence(
    run: Run, stack: None, path: Path, command: str
) -> None:
    config(path, {"door": {"ulr": f"rtsp://{USER}:{OTHER_PASSWORD}@host/"}}, port=70_000)

    result = run("gateway", command, "--config", str(path))

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"Error: {path}: field port: Input should be less than or equal to 65535",
        f"{path}: camera 'door', field url: is missing",
        f"{path}: camera 'door', field ulr: is unknown: is it a typo?",
    ]


@contextmanager
def nobody() -> Iterator[None]:
    """Run as a user that cannot read everything, as root can."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_configuration_that_may_not_be_read_is_one_sentence(run: Run) -> None:
    with TemporaryDirectory() as directory:  # the directories of pytest are only readable for their owner
        path = Path(directory, "gateway.yaml")
        config(path, {"door": {"url": "x"}})
        path.chmod(0)
        path.parent.chmod(0o755)
        run(
            "gateway", "status", "--config", f"{path}.none"
        )  # imports everything, which user nobody may not be able to
        with nobody():
            result = run("gateway", "status", "--config", str(path))

    refused(result, f"{path} cannot be read: Permission denied; give the user that runs this read permission")


def test_policy_names_what_this_gateway_needs(run: Run, registry: CameraRegistry, path: Path) -> None:
    registry.add(Camera("door", "shop", SINCE, stream_name="door-stream"))
    cameras = {"door": {"url": "rtsp://${secretsmanager:shop/door}@host/"}, "new": {"url": "x"}}
    config(path, cameras, registry_table=registry._table)

    result = run("gateway", "policy", "--config", str(path))

    assert result.exit_code == 0
    policy = json.loads(result.stdout)
    assert [statement["Sid"] for statement in policy["Statement"]] == [
        "SendVideo",
        "ReadRegistry",
        "ReadSecrets",
    ]
    assert policy["Statement"][0]["Resource"] == [
        "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door-stream/*"
    ]
    assert policy["Statement"][1]["Condition"]["ForAllValues:StringEquals"] == {
        "dynamodb:LeadingKeys": ["door", "new"]
    }
    assert "camera 'new' is not in the registry" in result.stderr


def test_run_without_a_region(run: Run, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config(path, {"door": {"url": "x"}})
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    refused(
        run("gateway", "run", "--config", str(path)),
        "no AWS region is set: set region in gateway.yaml, AWS_REGION or the profile's",
    )


@pytest.mark.parametrize(
    ("written", "environ", "region"),
    [
        ({"region": "eu-west-1"}, {"AWS_REGION": "eu-west-2"}, "eu-west-1"),
        ({}, {"AWS_REGION": "eu-west-2"}, "eu-west-2"),
        ({}, {}, "us-east-1"),
    ],
)
def test_the_region_is_that_of_gateway_yaml_or_of_the_environment(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: dict[str, str],
    environ: dict[str, str],
    region: str,
) -> None:
    config(path, {"door": {"url": "x"}}, **written)
    monkeypatch.delenv("AWS_REGION", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert session_of(load(path)).region_name == region


def test_status_without_a_gateway(run: Run, path: Path) -> None:
    config(path, {"door": {"url": "x"}}, port=1)

    refused(
        run("gateway", "status", "--config", str(path)),
        "no gateway answers on port 1 of this machine: start it with `occupancy gateway run`, or give its"
        " --config",
    )


@contextmanager
def process(path: Path, environ: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """`occupancy gateway run` as systemd runs it."""
    command = [str(Path(sys.executable).with_name("occupancy")), "gateway", "run", "--config", str(path)]
    with subprocess.Popen(
        command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def test_run_sends_until_it_is_stopped(run: Run, tmp_path: Path, path: Path, free_port: int) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=25))
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        with KvsServer({AWS_KEY: AWS_SECRET}) as kvs:
            host, port = moto.get_host_and_port()
            environ = {
                **os.environ,
                "AWS_ENDPOINT_URL": f"http://{host}:{port}",
                "AWS_ENDPOINT_URL_KINESIS_VIDEO": kvs.url,
                "AWS_ACCESS_KEY_ID": AWS_KEY,
                "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
                "AWS_SESSION_TOKEN": AWS_TOKEN,
                "AWS_DEFAULT_REGION": "us-east-1",
                "DOOR_WORD": PASSWORD,
            }
            prepare(environ, kvs)
            cameras = {
                "door": {"url": str(video), "send": "all"},
                "till": {"url": f"rtsp://{USER}:${{DOOR_WORD}}@127.0.0.1:1/x", "send": "all"},
            }
            config(path, cameras, port=free_port)
            with process(path, environ) as running:
                wait_until_delivered(free_port, "door")
                shown(run, path, "door")
                running.send_signal(signal.SIGTERM)
                output, _ = running.communicate(timeout=60)
            listed = archive(kvs).list_fragments(StreamName="door")["Fragments"]
    finally:
        moto.stop()

    assert running.returncode == 0
    assert len(listed) >= 1
    assert "camera door: live (H.264 160x96)" in output
    assert "camera till: failing: rtsp://127.0.0.1:1/x refuses the connection" in output


def prepare(environ: dict[str, str], kvs: KvsServer) -> None:
    session = boto3.Session(*AWS, region_name="us-east-1")
    dynamodb = session.client("dynamodb", endpoint_url=environ["AWS_ENDPOINT_URL"])
    create_camera_table(dynamodb)
    registry = CameraRegistry(dynamodb, "cameras")
    for name in ("door", "till"):
        registry.add(Camera(name, "shop", SINCE))
        session.client("kinesisvideo", endpoint_url=kvs.url).create_stream(
            StreamName=name, DataRetentionInHours=24
        )


def archive(kvs: KvsServer) -> Any:
    session = boto3.Session(*AWS, region_name="us-east-1")
    return session.client("kinesis-video-archived-media", endpoint_url=kvs.url)


def wait_until_delivered(port: int, camera: str) -> None:
    """Wait until the gateway that serves this port has delivered video of a camera."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", "/status")
            statuses = json.loads(connection.getresponse().read())
            if any(status["delivered"] for status in statuses if status["camera"] == camera):
                return
        time.sleep(0.05)
    raise AssertionError("it has delivered nothing")


def shown(run: Run, path: Path, camera: str) -> None:
    """`status` shows a camera that has delivered, and one that fails."""
    answer = run("gateway", "status", "--config", str(path), "--json")
    assert {status["camera"]: status for status in json.loads(answer.stdout)}[camera]["delivered"]
    table = run("gateway", "status", "--config", str(path))
    assert table.exit_code == 1  # for the camera that fails
    assert "live" in table.stdout
