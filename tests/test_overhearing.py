"""A credential is planted wherever one could be output: each one is found."""

import asyncio
import logging
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import click
import pytest
from aiohttp import web
from click.testing import CliRunner

from ingest.errors import OccupancyError
from ingest.gateway.capture.capture_status import CaptureStatus
from ingest.gateway.spool.folder import SpoolUnusable
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.status import CameraStatus
from tests.awaiting import await_that
from tests.credentials import AWS_SECRET, AWS_TOKEN, PASSWORD, SECRETS, TOKEN, USER, leaked
from tests.overhearing import Ear, hear_files, listening


def test_what_is_no_credential_is_none() -> None:
    assert leaked("rtsp://127.0.0.1:1/door refuses the user name or password") is None
    assert leaked(b"\x00\xff" * 1000) is None


@pytest.mark.parametrize("secret", SECRETS)
def test_every_form_of_every_credential_is_known(secret: str) -> None:
    for form in (secret, quote(secret), quote(secret, safe="").lower(), f"{{'password': {secret!r}}}"):
        assert leaked(f"before {form} after") is not None
    assert leaked(b64encode(f"{USER}:{secret}".encode())) is not None


def of_a_log() -> None:
    logging.getLogger("some.library").debug("opening %s", quote(PASSWORD, safe=""))


def of_a_traceback() -> None:
    try:
        raise ValueError(PASSWORD)
    except ValueError:
        logging.getLogger("asyncio").exception("never retrieved")


def of_an_error() -> None:
    OccupancyError(f"rtsp://{USER}@host cannot be read")


def of_an_error_of_its_own_words() -> None:
    SpoolUnusable(Path("/spool"), OSError(1, TOKEN))


def of_a_problem() -> None:
    CaptureStatus(problem=f"rtsp://host/{TOKEN} does not answer")


def of_a_status() -> None:
    CameraStatus("door", problem=AWS_SECRET)


def of_a_page() -> None:
    async def page() -> None:
        web.json_response({"problem": PASSWORD})

    asyncio.run(page())


def of_a_command() -> None:
    subprocess.run(["true", AWS_TOKEN], check=True)


def of_a_childs_output() -> None:
    subprocess.run(["cat"], input=PASSWORD.encode(), capture_output=True, check=True)


def of_a_commands_output() -> None:
    CliRunner().invoke(click.Command("say", callback=lambda: click.echo(TOKEN)))


def of_a_process_title() -> None:
    """A title that a child process has given itself."""
    command = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, sys.stdin.readline().encode()); print(flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{TOKEN}\n")
        process.stdin.flush()
        process.stdout.readline()
        process.terminate()


@pytest.mark.parametrize(
    "plant",
    [
        of_a_log, of_a_traceback, of_an_error, of_an_error_of_its_own_words, of_a_problem, of_a_status,
        of_a_page, of_a_command, of_a_childs_output, of_a_commands_output, of_a_process_title,
    ],
)  # fmt: skip
def test_a_planted_credential_is_heard(plant: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear()
    with listening(ear, monkeypatch):
        plant()

    assert ear.leaks


def test_nothing_is_heard_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear()
    with listening(ear, monkeypatch):
        logging.getLogger("some.library").debug("opening rtsp://host/door")
        CaptureStatus(problem="rtsp://host/door does not answer")
        subprocess.run(["true"], check=True)

    assert ear.leaks == []
    assert {"log", "problems", "command", "process"} <= ear.heard.keys()


def test_a_file_that_is_kept_is_read(tmp_path: Path) -> None:
    ear = Ear()
    (tmp_path / "gateway.yaml").write_text(TOKEN)
    hear_files(ear, tmp_path)
    assert ear.leaks == []

    spool = tmp_path / "spool"
    Spool(spool, Bounds(1000)).put(1, 2, TOKEN.encode(), 3)
    hear_files(ear, tmp_path)
    assert len(ear.leaks) == 1


def test_a_thread_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear()
    done = Event()
    with listening(ear, monkeypatch):

        def named() -> None:
            Path("/proc/thread-self/comm").write_text(TOKEN)
            done.wait()

        thread = Thread(target=named)
        thread.start()
        await_that(lambda: TOKEN in _thread_names())
    done.set()
    thread.join()

    assert any(leak.startswith("thread") for leak in ear.leaks)


def _thread_names() -> str:
    return "".join(path.read_text() for path in Path("/proc/self/task").glob("*/comm"))


OVERHEARD = """
import subprocess, sys
from tests.credentials import TOKEN
from tests.overhearing import overheard

def test_of_a_child_that_writes_to_its_own_descriptor():
    subprocess.run(["sh", "-c", "cat >&2"], input=TOKEN.encode(), check=True)

def test_of_print():
    print(TOKEN)

def test_of_nothing():
    print("nothing")
"""


def test_the_fixture_fails_the_test_that_says_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "test_planted.py"
    path.write_text(OVERHEARD)
    without = (f"-pno:{plugin}" for plugin in ("cacheprovider", "xdist", "faulthandler"))
    pytest.main([*without, "-rN", f"--rootdir={tmp_path}", "--import-mode=importlib", str(path)])

    output = capfd.readouterr().out
    assert "3 passed, 2 errors" in output
    assert output.count("a credential was said:") == 2
