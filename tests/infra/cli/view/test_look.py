"""The command: `occupancy camera view`."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import cv2
import numpy as np
import pytest
from moto.server import ThreadedMotoServer

from infra.cli.stack import find_stack
from infra.cli.view.frame import still
from infra.cli.view.picture import drawn
from ingest.cameras import Camera, Source
from ingest.registry import CameraRegistry
from ingest.sampling import Sampling
from tests.infra.cli.conftest import Hands, Run, refused
from tests.infra.cli.stack_stub import deploy
from tests.infra.cli.view.looked import CORNER, LEFT, RIGHT, entrance, frame
from tests.ingest.cloud import Cloud, at, cloud, live
from tests.ingest.video import grey

ZONES = {"left": LEFT, "right": RIGHT}
LONG = 60.0  # s


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "shop.jpg"
    path.write_bytes(frame().data)
    return path


@pytest.fixture
def kvs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack, and an empty KVS."""
    with cloud(at(0)) as one:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", one.url)
        deploy()
        yield one


def put(camera: Camera, endpoint: str | None = None) -> CameraRegistry:
    """Into the registry of the stack."""
    table = find_stack(boto3.client("cloudformation", endpoint_url=endpoint), "store-occupancy").camera_table
    registry = CameraRegistry(boto3.client("dynamodb", endpoint_url=endpoint), table)
    registry.add(camera)
    return registry


def test_a_picture_with_the_zones_drawn_on_it(run: Run, registry: CameraRegistry, picture: Path) -> None:
    camera = entrance(zones=ZONES, ignore={"corner": CORNER})
    registry.add(camera)
    png = picture.with_name("out.png")
    result = run("camera", "view", "entrance", "--from-file", str(picture), "--png", str(png))
    assert (result.stdout, result.exit_code) == (f"{png}: camera entrance, shop.jpg.\n", 0)
    expected = drawn(still(picture.read_bytes(), "", "").pixels, camera, [])
    assert np.array_equal(cv2.imread(str(png)), expected)
    assert {path.name for path in picture.parent.iterdir()} == {"shop.jpg", "out.png"}


def test_the_current_frame_of_a_stream(run: Run, hands: Hands, tmp_path: Path, kvs: Cloud) -> None:
    kvs.create_stream("door")
    kvs.publish("door", live(2), grey(200))
    hands.now = kvs.clock.now
    put(entrance(stream_name="door", sampling=Sampling(time_zone="Europe/Berlin")))
    result = run("camera", "view", "entrance", "--png", str(tmp_path / "out.png"))
    assert result.stdout == (f"{tmp_path}/out.png: camera entrance, 2023-11-14 23:15:02 CET, by GetImages.\n")
    assert cv2.imread(str(tmp_path / "out.png")) is not None


def test_the_people_are_drawn_by_a_model_that_is_there(
    run: Run, registry: CameraRegistry, picture: Path
) -> None:
    registry.add(entrance())
    (model := picture.with_name("people.onnx")).write_bytes(b"no model")
    png = picture.with_name("out.png")
    result = run(
        "camera", "view", "entrance", "--from-file", str(picture), "--png", str(png), "--detector", str(model)
    )
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: model {model} is no ONNX file: ")
    assert not png.exists()


def test_a_push_camera_has_no_stream(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance(source=Source.PUSH))
    refused(
        run("camera", "view", "entrance"),
        "camera 'entrance' is a push camera and has no stream to look into: give a picture or a video"
        " of it by --from-file",
    )


def test_a_camera_that_is_not_registered(run: Run, registry: CameraRegistry) -> None:
    refused(run("camera", "view", "x"), "camera 'x' is not in the registry: see `occupancy camera list`")


def test_a_file_that_cannot_be_written(run: Run, registry: CameraRegistry, picture: Path) -> None:
    registry.add(entrance())
    png = picture.parent / "nowhere" / "out.png"
    refused(
        run("camera", "view", "entrance", "--from-file", str(picture), "--png", str(png)),
        f"{png} cannot be written: No such file or directory",
    )


def test_a_file_that_is_not_there(run: Run, registry: CameraRegistry) -> None:
    result = run("camera", "view", "entrance", "--from-file", "/nonexistent.jpg")
    assert result.exit_code == 2
    assert "File '/nonexistent.jpg' does not exist." in result.stderr


def test_a_port_that_is_taken(run: Run, registry: CameraRegistry, picture: Path) -> None:
    registry.add(entrance())
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused(
            run("camera", "view", "entrance", "--from-file", str(picture), "--port", port, "--no-browser"),
            f"port {port} of 127.0.0.1 cannot be used (Address already in use): choose another",
        )


def test_a_missing_library_names_its_extra(
    run: Run, registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "infra.cli.view.look", raising=False)
    monkeypatch.delitem(sys.modules, "infra.cli.view.frame", raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    refused(
        run("camera", "view", "entrance"),
        "`occupancy camera view` needs the module av, which is not installed:"
        " pip install 'store-occupancy[local]'",
    )


@pytest.fixture
def aws() -> Iterator[str]:
    """Moto's server with a stack and a camera: another process finds them by its address."""
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        call("POST", endpoint, "/moto-api/reset")  # one state for all of moto's servers in a process
        deploy()
    put(entrance(zones=ZONES), endpoint)
    yield endpoint
    moto.stop()


@pytest.fixture
def viewing(aws: str, picture: Path) -> Iterator["subprocess.Popen[str]"]:
    arguments = ("camera", "view", "entrance", "--from-file", str(picture), "--no-browser")
    environment = {**os.environ, "AWS_ENDPOINT_URL": aws, "COLUMNS": "100"}
    command = [sys.executable, "-c", "from infra.cli.main import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield process
        process.kill()


def address(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """The page's origin and token, as the command prints them."""
    assert process.stdout is not None
    assert process.stdout.readline() == "Camera entrance, shop.jpg:\n"
    printed = re.fullmatch(r"  (http://127\.0\.0\.1:\d+)/#([\w-]{43})\n", process.stdout.readline())
    assert printed
    return printed[1], printed[2]


def call(method: str, origin: str, path: str, token: str = "") -> bytes:
    with closing(http.client.HTTPConnection(urlsplit(origin).netloc)) as connection:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}", "Origin": origin})
        return connection.getresponse().read()


def test_the_page_until_ctrl_c(viewing: "subprocess.Popen[str]") -> None:
    origin, token = address(viewing)
    assert b"<html" in call("GET", origin, "/")
    # Once asked for the camera, the server has a thread that must not hold up the end.
    assert b'"entrance"' in call("GET", origin, "/api/camera", token)
    viewing.send_signal(signal.SIGINT)
    assert viewing.wait(LONG) == 0
    assert viewing.stdout is not None
    assert viewing.stdout.read() == "Until Ctrl-C, or Done there.\nStopped.\n"


def test_the_page_until_it_is_done(viewing: "subprocess.Popen[str]") -> None:
    origin, token = address(viewing)
    call("POST", origin, "/api/done", token)
    assert viewing.wait(LONG) == 0
    with pytest.raises(ConnectionRefusedError):
        call("GET", origin, "/")
