"""`occupancy camera view`, with view_command.py."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from infra.cli.view.frame import still
from infra.cli.view.picture import annotated
from ingest.registry.camera import Source
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import FakeClock, Run, refused
from tests.infra.cli.stack_stub import deploy
from tests.infra.cli.view.running import LONG, address, call, put, viewing
from tests.infra.cli.view.served import CORNER, LEFT, RIGHT, entrance
from tests.ingest.cloud import Cloud, at, cloud, live
from tests.ingest.video import grey

ZONES = {"left": LEFT, "right": RIGHT}


@pytest.fixture
def kvs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack and an empty KVS."""
    with cloud(at(0)) as kvs:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", kvs.url)
        deploy()
        yield kvs


def test_a_picture_with_the_zones_drawn_on_it(run: Run, registry: CameraRegistry, picture: Path) -> None:
    camera = entrance(zones=ZONES, ignore={"corner": CORNER})
    registry.add(camera)
    png = picture.with_name("out.png")
    result = run("camera", "view", "entrance", "--from-file", str(picture), "--png", str(png))
    assert (result.stdout, result.exit_code) == (f"{png}: camera entrance, shop.jpg.\n", 0)
    expected = annotated(still(picture.read_bytes(), "", "").pixels, camera, [])
    written = cv2.imread(str(png))
    assert written is not None
    assert np.array_equal(written, expected)
    assert {path.name for path in picture.parent.iterdir()} == {"shop.jpg", "out.png"}


def test_the_current_frame_of_a_stream(run: Run, fake_clock: FakeClock, tmp_path: Path, kvs: Cloud) -> None:
    kvs.create_stream("door")
    kvs.publish("door", live(2), grey(200))
    fake_clock.now = kvs.clock.now
    put(entrance(stream_name="door", sampling=Sampling(time_zone="Europe/Berlin")))
    result = run("camera", "view", "entrance", "--png", str(tmp_path / "out.png"))
    assert result.stdout == (
        f"{tmp_path}/out.png: camera entrance, 2023-11-14 23:15:02 CET, from GetImages.\n"
    )
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
    assert result.stderr.startswith(f"Error: model {model} is not an ONNX file: ")
    assert not png.exists()


def test_a_push_camera_has_no_stream(run: Run, registry: CameraRegistry) -> None:
    registry.add(entrance(source=Source.PUSH))
    refused(
        run("camera", "view", "entrance"),
        "camera 'entrance' is a push camera and has no stream: give a picture or a video"
        " of it with --from-file",
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
    monkeypatch.delitem(sys.modules, "infra.cli.view.preview", raising=False)
    monkeypatch.delitem(sys.modules, "infra.cli.view.frame", raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    refused(
        run("camera", "view", "entrance"),
        "`occupancy camera view` needs the module av, which is not installed:"
        " pip install 'store-occupancy[local]'",
    )


def test_the_page_until_ctrl_c(aws: str, picture: Path) -> None:
    with viewing(aws, picture) as process:
        origin, token = address(process)
        assert b"<html" in call("GET", origin, "/")
        # After a request for the camera the server has a thread, which must not delay the end.
        assert b'"entrance"' in call("GET", origin, "/api/camera", token)
        process.send_signal(signal.SIGINT)
        assert process.wait(LONG) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "Press Ctrl-C here or Done there to end.\nStopped.\n"


def test_the_page_until_it_is_done(aws: str, picture: Path) -> None:
    with viewing(aws, picture) as process:
        origin, token = address(process)
        call("POST", origin, "/api/done", token)
        assert process.wait(LONG) == 0
        with pytest.raises(ConnectionRefusedError):
            call("GET", origin, "/")
