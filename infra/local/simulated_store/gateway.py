"""The real store gateway in its own process, connected to simulated cameras.

Each camera is an RTSP camera with a password or a snapshot camera. The gateway gets them in a gateway.yaml.
"""

import http.client
import json
import re
import secrets
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from infra.local.simulated_store.cameras.errors import PublishingError, RecentErrors
from infra.local.simulated_store.cameras.media import StoreCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera, SnapshotServer
from infra.local.simulated_store.process import Program, StoreProcess
from infra.local.simulated_store.rtsp.authentication import Login
from infra.local.simulated_store.rtsp.server import RtspServer
from infra.local.simulated_store.sender import Sender
from infra.local.wire.listening import listen

USER = "viewer"
PASSWORD_VARIABLE = "CAMERA_PASSWORD"  # noqa: S105 - the name of a variable, not its value
STOP_SECONDS = 40.0
"""How long a stop waits. The gateway needs at most 15 s to close its cameras, then it sends its spool."""
STATUS_SECONDS = 2.0
CLOCK_LEAD_SECONDS = 0.3
"""Seconds by which the clocks of the RTSP cameras are ahead: clocks of cameras are wrong. The gateway dates a
packet by its arrival; with this lead the picture of a full second has arrived when that second begins.
"""
_LOGGED = re.compile(r"\S+ \S+ (?P<level>[A-Z]+) (?:camera (?P<camera>\S+): )?(?P<sentence>.*)")
"""A log line of `occupancy gateway run` (infra/cli/gateway/command.py)."""


@dataclass(frozen=True)
class GatewaySetup:
    """The settings and cameras of the gateway's configuration.

    The cameras named in `all_frames` send every frame, the others only keyframes.
    """

    store: str
    registry_table: str
    frame_bucket: str
    cameras: Sequence[StoreCamera] = ()
    snapshots: Sequence[SnapshotCamera] = ()
    all_frames: Collection[str] = ()
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


class StoreGateway(Sender):
    """Its cameras must be registered before the start. It finds AWS through the environment."""

    def __init__(self, setup: GatewaySetup) -> None:
        self._setup = setup
        login = Login(USER, setup.password)
        self._rtsp = RtspServer(setup.cameras, login=login, clock=lambda: time.time() + CLOCK_LEAD_SECONDS)
        self._snapshots = {camera.name: SnapshotServer(camera) for camera in setup.snapshots}
        self._errors = RecentErrors()
        self._port = 0
        self._parts = ExitStack()

    @property
    def silent(self) -> Sequence[str]:
        """The cameras without any acknowledged data, by the status of the gateway."""
        delivering = {status["camera"] for status in self._statuses() if status["delivered"]}
        names = [*(camera.name for camera in self._setup.cameras), *self._snapshots]
        return [name for name in names if name not in delivering]

    @property
    def errors(self) -> list[PublishingError]:
        """The errors of the cameras and the warnings of the gateway."""
        return [*self._rtsp.errors, *self._errors.latest()]

    def start(self) -> None:
        """Start the cameras and the gateway. Raises UnopenableVideo."""
        with ExitStack() as parts:
            folder = Path(parts.enter_context(TemporaryDirectory(prefix="gateway-")))
            parts.enter_context(self._rtsp)
            for server in self._snapshots.values():
                parts.enter_context(server)
            self._port = _free_port()
            config = folder / "gateway.yaml"
            config.write_text(yaml.safe_dump(self._config(folder / "spool"), sort_keys=False), "utf-8")
            command = [sys.executable, "-m", "infra.cli", "gateway", "run", "--config", str(config)]
            program = Program(command, {PASSWORD_VARIABLE: self._setup.password}, STOP_SECONDS)
            parts.enter_context(StoreProcess(program, self._read_log, self._report_exit))
            self._parts = parts.pop_all()

    def stop(self) -> None:
        """Stop the gateway, which delivers its spool, and then the cameras."""
        self._parts.close()

    def _config(self, spool: Path) -> Mapping[str, Any]:
        """The gateway.yaml that a user would write for these cameras."""
        user_info = f"{USER}:${{{PASSWORD_VARIABLE}}}"
        cameras = {
            camera.name: {"url": self._rtsp.url(camera.name, user_info)} for camera in self._setup.cameras
        }
        for name in self._setup.all_frames:
            cameras[name]["send"] = "all"
        cameras |= {name: {"url": server.url} for name, server in self._snapshots.items()}
        return {
            "store": self._setup.store,
            "registry_table": self._setup.registry_table,
            "frame_bucket": self._setup.frame_bucket,
            "port": self._port,
            "spool": {"directory": str(spool), "max_gb": 1},
            "cameras": cameras,
        }

    def _statuses(self) -> Sequence[Mapping[str, Any]]:
        """The status of each camera from the gateway's page; empty while it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=STATUS_SECONDS)
        try:
            connection.request("GET", "/status")
            statuses: list[dict[str, Any]] = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError):
            return []
        finally:
            connection.close()
        return statuses

    def _read_log(self, line: str) -> None:
        logged = _LOGGED.fullmatch(line)
        if logged is None:  # an error at the start, or a traceback
            self._errors.add("", f"gateway: {line}")
        elif logged["level"] != "INFO":
            camera, sentence = logged["camera"] or "", logged["sentence"]
            self._errors.add(camera, sentence if camera else f"gateway: {sentence}")

    def _report_exit(self, code: int) -> None:
        self._errors.add("", f"gateway: it exited with code {code}")


def _free_port() -> int:
    """A port for the page of the gateway, which does not report a port that it chose itself."""
    with listen(0) as listener:
        port: int = listener.getsockname()[1]
        return port
