"""The FIFO: MJPEG to a reader that connects, leaves and returns; it never blocks the unit."""

import io
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import av
import pytest

from deeplens.camera.display import Display
from deeplens.common.settings import HEIGHTS
from deeplens.common.status_log import StatusLog
from tests.awaiting import await_that
from tests.deeplens.unit import grey

WIDE = grey(100, 270, 480)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    return tmp_path / "display.mjpeg"


@pytest.fixture
def status_log() -> StatusLog:
    return StatusLog()


@contextmanager
def shown(display: Display) -> Iterator[None]:
    """The display's thread, during a `with`; it must end by itself."""
    stopping = Event()
    thread = Thread(target=display.run, args=(stopping,))
    thread.start()
    yield
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()


def read(fifo: Path, pictures: int) -> list[tuple[int, int]]:
    """Open the FIFO, read this many pictures, close it; return their sizes according to FFmpeg's demuxer."""
    data = b""
    with fifo.open("rb", buffering=0) as file:
        while data.count(b"\xff\xd9") < pictures:
            data += file.read(65536)
    whole = data[: data.rindex(b"\xff\xd9") + 2]
    with av.open(io.BytesIO(whole), "r", format="mjpeg") as container:
        return [(frame.width, frame.height) for frame in container.decode(video=0)]


def there(fifo: Path) -> Callable[[], bool]:
    return lambda: fifo.exists() and stat.S_ISFIFO(fifo.stat().st_mode)


@pytest.mark.parametrize(("resolution", "width"), [("480p", 854), ("720p", 1280), ("1080p", 1920)])
def test_a_reader_comes_goes_and_comes_back(
    fifo: Path, status_log: StatusLog, resolution: str, width: int
) -> None:
    height = HEIGHTS[resolution]
    display = Display(fifo, height, lambda: WIDE, status_log)
    with shown(display):
        await_that(there(fifo))
        for _ in range(2):
            sizes = read(fifo, 3)
            assert len(sizes) >= 2  # where it leaves in mid-picture, the rest is lost
            assert set(sizes) == {(width, height)}
            await_that(lambda: not display.watched)
    assert status_log.problems == {}


@pytest.mark.system
@pytest.mark.skipif(shutil.which("mplayer") is None, reason="no mplayer here")
def test_mplayer_shows_it(fifo: Path, status_log: StatusLog) -> None:
    """By the command of docs/deeplens.md."""
    demuxer = ["-demuxer", "lavf", "-lavfdopts", "format=mjpeg:probesize=32"]
    command = ["mplayer", *demuxer, "-vo", "null", "-nosound", "-frames", "5", str(fifo)]
    with shown(Display(fifo, 480, lambda: WIDE, status_log)):
        await_that(there(fifo))
        result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "[MJPG]  854x480" in result.stdout


def test_a_reader_that_does_not_read_holds_nobody_up(fifo: Path, status_log: StatusLog) -> None:
    asked: list[int] = []

    def latest() -> Any:
        asked.append(1)
        return WIDE

    display = Display(fifo, 1080, latest, status_log)
    with shown(display):
        await_that(there(fifo))
        with fifo.open("rb", buffering=0):
            await_that(lambda: display.watched and len(asked) >= 2)
    # `shown` has seen it end although the pipe was full.


def test_a_camera_without_a_picture_shows_nothing_until_it_has_one(fifo: Path, status_log: StatusLog) -> None:
    pictures: list[Any] = [None]
    display = Display(fifo, 480, lambda: pictures[-1], status_log)
    with shown(display), ThreadPoolExecutor(1) as threads:
        await_that(there(fifo))
        reading = threads.submit(read, fifo, 1)
        await_that(lambda: display.watched)
        pictures.append(WIDE)
        assert reading.result(10) == [(854, 480)]


def test_a_plain_file_in_its_place_is_named_and_left_alone(fifo: Path, status_log: StatusLog) -> None:
    fifo.write_text("not a pipe")
    with shown(Display(fifo, 480, lambda: WIDE, status_log)):
        await_that(lambda: "display" in status_log.problems)
        assert "it is not a FIFO: remove it" in status_log.problems["display"]
        assert str(fifo) in status_log.problems["display"]
        assert fifo.read_text() == "not a pipe"
        fifo.unlink()
        await_that(there(fifo))
        assert read(fifo, 1) == [(854, 480)]
    assert status_log.problems == {}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, status_log: StatusLog) -> None:
    with shown(Display(tmp_path / "gone" / "fifo", 480, lambda: WIDE, status_log)):
        await_that(lambda: "No such file or directory" in status_log.problems.get("display", ""))


def test_only_the_group_may_look(fifo: Path, status_log: StatusLog) -> None:
    before = os.umask(0)
    try:
        with shown(Display(fifo, 480, lambda: WIDE, status_log)):
            await_that(there(fifo))
            assert stat.S_IMODE(fifo.stat().st_mode) == 0o640
    finally:
        os.umask(before)
