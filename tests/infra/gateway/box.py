"""A shop's box: `occupancy gateway` in processes of its own, as systemd and a user run it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
    """`settings` become gateway.yaml; `environ` is what the commands find beside the test's own."""

    directory: Path
    settings: dict[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.directory / "gateway.yaml"

    @property
    def log(self) -> str:
        """What `run` has said until now."""
        return (self.directory / "gateway.log").read_text()

    def write(self, cameras: Mapping[str, str], **changes: Any) -> None:
        """gateway.yaml with these cameras' addresses."""
        spool = {"directory": str(self.directory / "spool")}
        sources = {name: {"url": url, "send": "all"} for name, url in cameras.items()}
        values = {**self.settings, "spool": spool, "cameras": sources, **changes}
        self.config.write_text(yaml.safe_dump(values, sort_keys=False))

    def command(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """`occupancy gateway ...`, to its end; an operator is patient, but not for ever."""
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
        """`occupancy gateway run`, from when it serves its pages; stopped at the end, if it still runs."""
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
            gateway.page("/status")  # its last words are overheard
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, self.log
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in self.log, self.log


@dataclass
class Gateway:
    """One that runs."""

    process: "subprocess.Popen[bytes]"
    port: int
    pages: Path

    def page(self, path: str) -> str | None:
        """One of its pages; None while it does not serve."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                page = str(answer.read().decode())
        except (URLError, ConnectionError, TimeoutError):
            return None
        with self.pages.open("a") as pages:
            pages.write(page)  # among the files of the test, all of which are read in the end
        return page

    def status(self, camera: str) -> dict[str, Any]:
        """What it says of a camera now."""
        statuses: list[dict[str, Any]] = json.loads(self.page("/status") or "[]")
        return {one["camera"]: one for one in statuses}[camera]

    def await_problem(self, camera: str, sentence: str, patience: float = 60) -> dict[str, Any]:
        """Until the camera's problem holds the sentence."""
        await_that(lambda: sentence in (self.status(camera)["problem"] or ""), patience)
        return self.status(camera)

    def await_delivered(self, camera: str, more: int = 1) -> int:
        """Until so many more fragments of the camera are delivered."""
        before = int(self.status(camera)["delivered"])
        await_that(lambda: self.status(camera)["delivered"] >= before + more, 60)
        return before + more
