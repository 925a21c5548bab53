"""A shop's box: runs `occupancy gateway` in child processes, as systemd and a user do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from tests.awaiting import await_that
from tests.credentials import OTHER_PASSWORD, PASSWORD, TOKEN, USER

OCCUPANCY = str(Path(sys.executable).with_name("occupancy"))
LOGINS = {"CAMERA_USER": USER, "WORD": PASSWORD, "WRONG": OTHER_PASSWORD, "TOKEN": TOKEN}
LOGIN = "${CAMERA_USER}:${WORD}@127.0.0.1"


@dataclass
class Box:
    """`settings` become gateway.yaml; `environ` is added to the test's environment for the commands."""

    directory: Path
    settings: dict[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.directory / "gateway.yaml"

    @property
    def log(self) -> str:
        """The output of `run` so far."""
        return (self.directory / "gateway.log").read_text()

    def write(self, cameras: Mapping[str, str], **changes: Any) -> None:
        """Write gateway.yaml with these cameras' addresses."""
        spool = {"directory": str(self.directory / "spool")}
        sources = {name: {"url": url, "send": "all"} for name, url in cameras.items()}
        values = {**self.settings, "spool": spool, "cameras": sources, **changes}
        self.config.write_text(yaml.safe_dump(values, sort_keys=False))

    def command(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run `occupancy gateway ...` to its end, for two minutes at most."""
        return subprocess.run(
            [OCCUPANCY, "gateway", *arguments, "--config", str(self.config)],
            env={**os.environ, **LOGINS, **self.environ, **environ},
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @contextmanager
    def running(self, **environ: str) -> Iterator["Gateway"]:
        """Run `occupancy gateway run`, from when it serves its pages; stop it at the end."""
        command = [OCCUPANCY, "gateway", "run", "--config", str(self.config)]
        port = yaml.safe_load(self.config.read_text())["port"]
        with (self.directory / "gateway.log").open("w") as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, **LOGINS, **self.environ, **environ},
                cwd=self.directory,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        gateway = Gateway(process, port, self.directory / "pages")
        try:
            await_that(lambda: process.poll() is not None or gateway.page("/metrics") is not None, 60)
            assert process.poll() is None, self.log
            yield gateway
            assert process.poll() is None, self.log
            gateway.page("/status")  # its last statuses are searched for credentials
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, self.log
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in self.log, self.log


@dataclass
class Gateway:
    """A running gateway."""

    process: "subprocess.Popen[bytes]"
    port: int
    pages: Path

    def page(self, path: str) -> str | None:
        """One of its pages, None while it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                page = str(answer.read().decode())
        except (URLError, ConnectionError, TimeoutError):
            return None
        with self.pages.open("a") as pages:
            pages.write(page)  # a file of the test: all of them are searched for credentials
        return page

    def status(self, camera: str) -> dict[str, Any]:
        """A camera's status now."""
        statuses: list[dict[str, Any]] = json.loads(self.page("/status") or "[]")
        return {status["camera"]: status for status in statuses}[camera]

    def await_problem(self, camera: str, sentence: str, patience: float = 60) -> dict[str, Any]:
        """Wait until the camera's problem contains the sentence."""
        await_that(lambda: sentence in (self.status(camera)["problem"] or ""), patience)
        return self.status(camera)

    def await_delivered(self, camera: str, more: int = 1) -> int:
        """Wait until `more` fragments of the camera are delivered; return how many are."""
        return self.await_each_delivered([camera], more)[camera]

    def await_each_delivered(self, cameras: Iterable[str], more: int) -> dict[str, int]:
        """The same for several cameras at once."""
        wanted = {camera: int(self.status(camera)["delivered"]) + more for camera in cameras}
        await_that(lambda: all(self.status(name)["delivered"] >= count for name, count in wanted.items()), 60)
        return wanted
