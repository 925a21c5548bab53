"""Searches everything that a test makes the gateway output for the credentials that tests use.

That is everything a user can see of a gateway: log records of all loggers down to DEBUG, the output of the
gateway and its child processes, its pages, its error messages and its cameras' problems, the command lines
and names of its processes and threads, and the files that it keeps. Where `overheard` is imported, it is an
autouse fixture: no test needs to ask for it. What FFmpeg says at DEBUG is in no log, because PyAV's logging
is off (`test_rtsp.py` checks it).
"""

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av.logging
import click.testing
import pytest
from aiohttp import web

from ingest.errors import OccupancyError
from ingest.gateway.capture.capture_status import CaptureStatus
from ingest.gateway.check.findings import Finding
from ingest.gateway.push_camera import PushCamera
from ingest.gateway.spool.spool import Spool
from ingest.gateway.status import CameraStatus
from ingest.gateway.uplink.publisher import Publisher
from tests.credentials import leaked

PROCESSES = Path("/proc")
NOT_KEPT_BY_THE_GATEWAY = (".yaml", ".secret")
"""Files in a test's folder that a user writes, with secrets in them."""


class Ear:
    """`heard` counts texts by where they were heard; `leaks` are the credentials found in them."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.leaks: list[str] = []

    def hear(self, where: str, said: object) -> None:
        """Search the text of any object; only leaks are kept."""
        self.heard[where] += 1
        if found := leaked(said if isinstance(said, bytes) else str(said)):
            self.leaks.append(f"{where}: {found}")


class _Records(logging.Handler):
    def __init__(self, ear: Ear) -> None:
        super().__init__(logging.DEBUG)
        self._ear = ear

    def emit(self, record: logging.LogRecord) -> None:
        self._ear.hear("log", self.format(record))


@contextmanager
def listening(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hear everything but files and pytest's captured output until the end of the `with`."""
    records, root = _Records(ear), logging.getLogger()
    # Below WARNING botocore logs each request with its session token; `gateway run` sets its level, too.
    levels = {root: logging.DEBUG, logging.getLogger("botocore"): logging.WARNING}
    _listen_to_objects(ear, monkeypatch)
    _listen_to_servers_and_commands(ear, monkeypatch)
    root.addHandler(records)
    _audited.append(ear)
    try:
        with _levels(levels):
            yield
    finally:
        _hear_processes(ear)
        _audited.remove(ear)
        root.removeHandler(records)


@contextmanager
def _levels(wanted: dict[logging.Logger, int]) -> Iterator[None]:
    before = {logger: logger.level for logger in wanted}
    try:
        for logger, level in wanted.items():
            logger.setLevel(level)
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)


def hear_files(ear: Ear, directory: Path) -> None:
    """Hear the names and contents of the files in `directory`."""
    for path in directory.rglob("*"):
        ear.hear("file name", path.name)
        if path.suffix not in NOT_KEPT_BY_THE_GATEWAY and path.is_file():
            with suppress(OSError):
                ear.hear(f"file {path.name}", path.read_bytes())


@pytest.fixture(autouse=True)
def overheard(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Ear]:
    """Fail the test if a credential was heard."""
    ear = Ear()
    with listening(ear, monkeypatch):
        yield ear
    hear_files(ear, tmp_path)
    for _, stream, text in request.node._report_sections:  # captured by descriptor, so with child processes
        ear.hear(stream, text)
    if av.logging.get_level() is not None:
        ear.leaks.append("FFmpeg's log has been turned on: it may show addresses with passwords")
    if ear.leaks:
        pytest.fail("a credential was said:\n" + "\n".join(ear.leaks), pytrace=False)


def _listen_to_objects(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear the messages of errors, and what is set on objects that a user is shown."""
    kinds: tuple[type, ...] = (Publisher, PushCamera, Spool)
    for kind in kinds:
        _after(monkeypatch, kind, "__setattr__", lambda _, name, value: _hear_text(ear, name, value))

    def problem(status: CaptureStatus, *_: object) -> None:
        _hear_text(ear, "problem", status.problem)

    _after(monkeypatch, CaptureStatus, "__init__", problem)
    kinds = (OccupancyError, CameraStatus, Finding)
    for kind in kinds:
        _after(monkeypatch, kind, "__init__", lambda value, *_: ear.hear("values", f"{value} {vars(value)}"))
    _after(monkeypatch, Spool, "put", lambda _, first, last, data, *__: ear.hear("spooled", data))


def _hear_text(ear: Ear, name: str, value: object) -> None:
    if isinstance(value, str):
        ear.hear("problems", f"{name} {value}")


def _listen_to_servers_and_commands(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(response: web.Response, *_: Any) -> None:
        ear.hear("page", f"{response.headers}")
        ear.hear("page", response.body if isinstance(response.body, bytes) else "")

    _after(monkeypatch, web.Response, "__init__", page)
    communicate, invoke = subprocess.Popen.communicate, click.testing.CliRunner.invoke

    def communicated(process: Any, *arguments: Any, **named: Any) -> Any:
        output = communicate(process, *arguments, **named)
        for stream in output:
            ear.hear("output", b"" if stream is None else stream)
        return output

    def invoked(runner: click.testing.CliRunner, *arguments: Any, **named: Any) -> click.testing.Result:
        result = invoke(runner, *arguments, **named)
        ear.hear("output", result.output)
        return result

    monkeypatch.setattr(subprocess.Popen, "communicate", communicated)
    monkeypatch.setattr(click.testing.CliRunner, "invoke", invoked)


def _after(monkeypatch: pytest.MonkeyPatch, kind: type, method: str, then: Callable[..., None]) -> None:
    """Call `then` after each call of the method, with the object and the positional arguments."""
    original = getattr(kind, method)

    def both(instance: Any, *arguments: Any, **named: Any) -> Any:
        answer = original(instance, *arguments, **named)
        then(instance, *arguments)
        return answer

    monkeypatch.setattr(kind, method, both)


_audited: list[Ear] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Python reports each process that it starts and each signal; then all running processes are checked."""
    for ear in _audited:
        if event == "subprocess.Popen":
            ear.hear("command", " ".join(map(os.fsdecode, arguments[1])))
        elif event == "os.kill":
            _hear_processes(ear)


sys.addaudithook(_audit)


def _hear_processes(ear: Ear) -> None:
    """Hear the command lines and thread names of this process and its descendants."""
    for process in _descendants(os.getpid()):
        with suppress(OSError):
            ear.hear("process", (PROCESSES / process / "cmdline").read_bytes().replace(b"\0", b" "))
            for task in (PROCESSES / process / "task").iterdir():
                ear.hear("thread", (task / "comm").read_bytes())


def _descendants(pid: int) -> Iterator[str]:
    yield str(pid)
    with suppress(OSError):
        for task in (PROCESSES / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _descendants(int(child))
