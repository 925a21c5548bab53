"""Bad cameras of every kind, each in `occupancy gateway run` next to good ones, and in `check`."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from tests.infra.gateway.box import LOGIN, Box
from tests.infra.gateway.shops import is_whole, kept, register
from tests.ingest.gateway.rtsp import camera, needs_rtsp_server
from tests.ingest.gateway.scripted_camera import PPS, SPS, Script, Unit, filmed, for_ever, scripted_camera
from tests.ingest.gateway.videos import Made

pytestmark = [pytest.mark.own_cloud, pytest.mark.system]

WRONG_LOGIN = "${CAMERA_USER}:${WRONG}@127.0.0.1"
FILM = filmed(Made(frames=150, gop=25))
LARGE = filmed(Made(frames=150, gop=25, size=(320, 192)))
LONG = filmed(Made(frames=1600, gop=1500))


class Page(BaseHTTPRequestHandler):
    """A web page at the address of a camera."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/page" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>Welcome</p>")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def web_page() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def jumping(seconds: float) -> Script:
    return lambda: (
        Unit(unit.time + 10_000 + seconds * (unit.time > 3), unit.units) for unit in for_ever(FILM)
    )


def garbage() -> Iterator[Unit]:
    chance = random.Random(3)
    for unit in for_ever(FILM):
        yield Unit(unit.time, (chance.randbytes(chance.randrange(1, 300)),))


def broken_sps() -> Iterator[Unit]:
    for unit in for_ever(FILM):
        yield Unit(unit.time, tuple(nal[:3] if nal[0] & 0x1F == SPS else nal for nal in unit.units))


SCRIPTS: dict[str, tuple[Script, str]] = {
    "mute": (list, "/door sends no"),
    "garbage": (garbage, "/door: "),
    "no-sps": (
        lambda: (unit.without(SPS, PPS) for unit in for_ever(FILM)),
        "has no parameter sets: let the",
    ),
    "no-pps": (
        lambda: (unit.without(PPS) for unit in for_ever(FILM)),
        "has no parameter sets: let the camera",
    ),
    "bad-sps": (broken_sps, "cannot be decoded (Invalid data found when processing input): restart the"),
    "no-keyframe": (
        lambda: (unit for unit in for_ever(FILM) if len(unit.units) == 1),
        "it sends no keyframe",
    ),
    "stopped-clock": (
        lambda: (Unit(5.0, unit.units) for unit in for_ever(FILM)),
        "all its pictures the same time stamp",
    ),
    "gop-60": (
        lambda: for_ever(LONG),
        "its keyframes are more than 19 s apart, but KVS takes at most 20 s: set",
    ),
}
WELL: dict[str, Script] = {
    "jump-ahead": jumping(3600),
    "jump-back": jumping(-3600),
    "resized": lambda: for_ever([*FILM, *LARGE]),
}


@needs_rtsp_server
def test_each_bad_camera_is_named_and_the_others_run_on(
    cloud: LocalCloud, box: Box, video: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no video\n" * 50)
    with ExitStack() as stack:
        ports = {name: stack.enter_context(scripted_camera(script)) for name, (script, _) in SCRIPTS.items()}
        well = {name: stack.enter_context(scripted_camera(script)) for name, script in WELL.items()}
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        page = stack.enter_context(web_page())
        rtsp = stack.enter_context(camera(Path(video), "h264", "--auth", "digest", "--shared"))
        addresses: dict[str, tuple[str, str]] = {
            "wrong-word": (
                f"rtsp://{WRONG_LOGIN}:{rtsp}/door",
                f":{rtsp}/door refuses the user name or",
            ),
            "no-path": (
                f"rtsp://{LOGIN}:{rtsp}/cellar",
                f":{rtsp}/cellar has no such path: see",
            ),
            "refused": (
                f"rtsp://{LOGIN}:1/door",
                "rtsp://127.0.0.1:1/door refuses the connection",
            ),
            "refused-6": ("rtsp://[::1]:1/door", "rtsp://[::1]:1/door "),
            "silent": (f"rtsp://{LOGIN}:{silent}/door", f":{silent}/door does not answer"),
            "no-name": (
                "rtsp://door.invalid/a",
                "rtsp://door.invalid/a has an unknown host, 'door.invalid'",
            ),
            "page": (
                f"rtsp://127.0.0.1:{page}/page",
                f":{page}/page is not a video that can be read: is that its port",
            ),
            "text": (str(tmp_path / "notes.txt"), "notes.txt is a text file, not a video: give the address"),
            "none": (str(tmp_path / "none.mp4"), "none.mp4 does not exist"),
            "unset": ("rtsp://${NO_SUCH}@127.0.0.1/", "environment variable 'NO_SUCH' is not set: set it"),
            "no-file": (
                "rtsp://${file:/none}@127.0.0.1/",
                "secret file '/none' cannot be read: No such file",
            ),
            "secret": (
                "rtsp://${secretsmanager:none}@127.0.0.1/",
                "secret 'none' of Secrets Manager",
            ),
            "shared": (video, "cameras 'good' and 'shared' share the stream 'good': give each its own"),
            "streamless": (
                video,
                "`occupancy camera set CAMERA --create-stream` creates it; new data waits",
            ),
            "push-page": (f"http://{LOGIN}:{page}/page", f":{page}/page gives text/html instead of a JPEG"),
            "push-404": (
                f"http://{LOGIN}:{page}/a",
                f":{page}/a answers 404: see",
            ),
            "push-refused": (
                f"http://{LOGIN}:1/a",
                "http://127.0.0.1:1/a refuses the connection",
            ),
            "push-silent": (
                f"http://{LOGIN}:{silent}/a",
                f":{silent}/a does not answer",
            ),
            **{name: (f"rtsp://127.0.0.1:{port}/door", SCRIPTS[name][1]) for name, port in ports.items()},
        }
        good = {name: f"rtsp://127.0.0.1:{port}/door" for name, port in well.items()}
        good |= {"good": video, "guarded": f"rtsp://{LOGIN}:{rtsp}/door"}
        for name in (*good, *addresses):
            other = {"shared": "good", "streamless": "none-such"}.get(name)
            register(cloud, name, other, push=name.startswith("push"))
        box.write({**good, **{name: url for name, (url, _) in addresses.items()}, "new": video})

        with box.running() as gateway:
            for name, (_, sentence) in addresses.items():
                gateway.await_problem(name, sentence)
            gateway.await_problem(
                "new", "camera 'new' is not in the registry: run `occupancy camera add new`"
            )
            gateway.await_each_delivered(good, 3)
            for name in (
                "no-sps",
                "no-pps",
                "bad-sps",
            ):  # keyframes arrive, but still cannot be read
                assert SCRIPTS[name][1] in gateway.status(name)["problem"]
            shown = box.command("status")
        assert shown.returncode == 1
        assert len(shown.stderr.splitlines()) >= len(addresses)
        assert is_whole(kept("good"))
        assert box.log.count("camera push-page: ") <= 4
        assert box.log.count("camera gop-60: ") <= 6  # one line for each change, not for each second

        checked = box.command("check", "--seconds", "2")
    assert checked.returncode == 1
    assert "Traceback" not in checked.stderr
    for name in ("wrong-word", "silent", "mute", "stopped-clock", "push-page", "secret"):
        assert f"camera {name}: " in checked.stderr
    assert "camera good: " not in checked.stderr
