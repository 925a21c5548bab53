"""The store gateway in the simulated store: the real one, in a process of its own, before simulated cameras.

Each camera is an RTSP camera with a password, or a snapshot camera; the gateway finds them by a gateway.yaml.
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
"""How long a stop waits: the gateway takes 15 s at most to close its cameras, and to send what waits."""
STATUS_SECONDS = 2.0
AHEAD = 0.3
"""Seconds by which the RTSP cameras' clocks are wrong, as cameras' are. By the gateway's clock a packet is of
the time at which it comes: so the picture of a whole second is there when that begins, whatever its way took.
"""
_LOGGED = re.compile(r"\S+ \S+ (?P<level>[A-Z]+) (?:camera (?P<camera>\S+): )?(?P<sentence>.*)")
"""What `occupancy gateway run` logs (infra/cli/gateway/command.py)."""


@dataclass(frozen=True)
class GatewaySetup:
    """What the gateway's configuration is made of.

    Of the cameras named in `whole` all frames are sent, of the others only keyframes.
    """

    store: str
    registry_table: str
    frame_bucket: str
    cameras: Sequence[StoreCamera] = ()
    snapshots: Sequence[SnapshotCamera] = ()
    whole: Collection[str] = ()
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


class StoreGateway(Sender):
    """Its cameras must be in the registry when it starts; it finds AWS by the environment, as all do."""

    def __init__(self, shop: GatewaySetup) -> None:
        self._shop = shop
        login = Login(USER, shop.password)
        self._rtsp = RtspServer(shop.cameras, login=login, clock=lambda: time.time() + AHEAD)
        self._snapshots = {camera.name: SnapshotServer(camera) for camera in shop.snapshots}
        self._errors = RecentErrors()
        self._port = 0
        self._parts = ExitStack()

    @property
    def silent(self) -> Sequence[str]:
        """As the gateway's own status has it: those of which nothing was acknowledged."""
        delivering = {one["camera"] for one in self._statuses() if one["delivered"]}
        named = [*(camera.name for camera in self._shop.cameras), *self._snapshots]
        return [name for name in named if name not in delivering]

    @property
    def errors(self) -> list[PublishingError]:
        """What the gateway warned of, and what the cameras met."""
        return [*self._rtsp.errors, *self._errors.latest()]

    def start(self) -> None:
        """Opens the cameras and starts the gateway. Raises UnopenableVideo."""
        with ExitStack() as parts:
            folder = Path(parts.enter_context(TemporaryDirectory(prefix="gateway-")))
            parts.enter_context(self._rtsp)
            for server in self._snapshots.values():
                parts.enter_context(server)
            self._port = _free_port()
            config = folder / "gateway.yaml"
            config.write_text(yaml.safe_dump(self._config(folder / "spool"), sort_keys=False), "utf-8")
            command = [sys.executable, "-m", "infra.cli", "gateway", "run", "--config", str(config)]
            program = Program(command, {PASSWORD_VARIABLE: self._shop.password}, STOP_SECONDS)
            parts.enter_context(StoreProcess(program, self._hear, self._end))
            self._parts = parts.pop_all()

    def stop(self) -> None:
        """The gateway first, as a shutdown does it: it delivers what waits."""
        self._parts.close()

    def _config(self, spool: Path) -> Mapping[str, Any]:
        """The gateway.yaml that a user would write for these cameras."""
        user_info = f"{USER}:${{{PASSWORD_VARIABLE}}}"
        cameras = {
            camera.name: {"url": self._rtsp.url(camera.name, user_info)} for camera in self._shop.cameras
        }
        for name in self._shop.whole:
            cameras[name]["send"] = "all"
        cameras |= {name: {"url": server.url} for name, server in self._snapshots.items()}
        return {
            "store": self._shop.store,
            "registry_table": self._shop.registry_table,
            "frame_bucket": self._shop.frame_bucket,
            "port": self._port,
            "spool": {"directory": str(spool), "max_gb": 1},
            "cameras": cameras,
        }

    def _statuses(self) -> Sequence[Mapping[str, Any]]:
        """What the gateway's page says; nothing while it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=STATUS_SECONDS)
        try:
            connection.request("GET", "/status")
            statuses: list[dict[str, Any]] = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError):
            return []
        finally:
            connection.close()
        return statuses

    def _hear(self, line: str) -> None:
        logged = _LOGGED.fullmatch(line)
        if logged is None:  # what it says where it cannot start, and tracebacks
            self._errors.add("", f"gateway: {line}")
        elif logged["level"] != "INFO":
            camera, sentence = logged["camera"] or "", logged["sentence"]
            self._errors.add(camera, sentence if camera else f"gateway: {sentence}")

    def _end(self, code: int) -> None:
        self._errors.add("", f"gateway: it ended with {code}")


def _free_port() -> int:
    """Of the gateway's pages: it takes any, but tells nobody which."""
    with listen(0) as listener:
        port: int = listener.getsockname()[1]
        return port
