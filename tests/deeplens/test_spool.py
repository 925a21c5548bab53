"""Frames on the disk: bounded, oldest first, there after a power cut; a disk that is full stops nothing."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deeplens.common.instants import frame_name
from deeplens.common.status_log import StatusLog
from deeplens.spool import MEMORY, Spool
from tests.deeplens.unit import START, jpeg
from tests.killing import Killed

LATER = START + 10**6


@pytest.fixture
def status_log() -> StatusLog:
    return StatusLog()


def name(number: int, before_ms: int = 100) -> str:
    return frame_name(START + 60 * number, (START + 60 * number) * 1000 - before_ms)


def drained(spool: Spool) -> list[tuple[str, bytes]]:
    found = []
    while oldest := spool.oldest(LATER):
        found.append(oldest)
        spool.remove(oldest[0])
    return found


def full(_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_oldest_first_and_there_after_a_power_cut(tmp_path: Path, status_log: StatusLog) -> None:
    spool = Spool(tmp_path, 10**6, status_log)
    for number in (3, 1, 2):
        spool.put(name(number), jpeg(b"%d" % number))
    spool.close()
    again = Spool(tmp_path, 10**6, status_log)
    assert again.waiting == 3
    assert drained(again) == [(name(number), jpeg(b"%d" % number)) for number in (1, 2, 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_frame_is_kept_until_it_is_removed(tmp_path: Path, status_log: StatusLog) -> None:
    spool = Spool(tmp_path, 10**6, status_log)
    spool.put(name(1), jpeg())
    assert spool.oldest(LATER) == spool.oldest(LATER) == (name(1), jpeg())


def test_an_instant_that_lies_ahead_waits_for_its_time(tmp_path: Path, status_log: StatusLog) -> None:
    spool = Spool(tmp_path, 10**6, status_log)
    spool.put(name(1), jpeg())
    assert spool.oldest(START + 59) is None
    assert spool.oldest(START + 60) is not None


def test_one_frame_for_each_instant_the_newer_stays(tmp_path: Path, status_log: StatusLog) -> None:
    spool = Spool(tmp_path, 10**6, status_log)
    spool.put(name(1, 100), jpeg(b"before the clock was set back"))
    spool.put(name(1, 200), jpeg(b"after"))
    assert drained(spool) == [(name(1, 200), jpeg(b"after"))]


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path, status_log: StatusLog) -> None:
    size = len(jpeg(b"x" * 100))
    spool = Spool(tmp_path, 3 * size, status_log)
    for number in range(5):
        spool.put(name(number), jpeg(b"x" * 100))
    assert [kept for kept, _ in drained(spool)] == [name(2), name(3), name(4)]
    assert status_log.counts["dropped"] == 2
    assert "is full (spool_mb): the oldest frames are dropped" in status_log.problems["spool"]
    spool.put(name(6), jpeg())
    assert status_log.problems == {}


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_killed_while_writing_leaves_no_half_frame(
    tmp_path: Path, status_log: StatusLog, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def kill(*_: Any) -> None:
        raise Killed(step)

    spool = Spool(tmp_path, 10**6, status_log)
    spool.put(name(1), jpeg(b"whole"))
    with monkeypatch.context() as patched:
        patched.setattr(step, kill)
        with pytest.raises(Killed):
            spool.put(name(2), jpeg(b"half"))
    assert len(list(tmp_path.glob("*.part"))) == 1
    spool.close()
    assert drained(Spool(tmp_path, 10**6, status_log)) == [(name(1), jpeg(b"whole"))]
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("left", [b"", b"\0" * 50, jpeg(b"half")[:-3]])
def test_a_damaged_file_is_dropped_and_told(tmp_path: Path, status_log: StatusLog, left: bytes) -> None:
    (tmp_path / name(1)).write_bytes(left)
    (tmp_path / name(2)).write_bytes(jpeg())
    assert drained(Spool(tmp_path, 10**6, status_log)) == [(name(2), jpeg())]
    assert status_log.counts["dropped"] == 1
    assert "is damaged" in status_log.last_error


def test_files_of_others_are_left_alone(tmp_path: Path, status_log: StatusLog) -> None:
    (tmp_path / "holiday.jpg").write_bytes(jpeg())
    assert drained(Spool(tmp_path, 10**6, status_log)) == []
    assert (tmp_path / "holiday.jpg").exists()


def test_a_full_disk_makes_frames_wait_in_memory(
    tmp_path: Path, status_log: StatusLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, 10**6, status_log)
    spool.put(name(1), jpeg(b"1"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        spool.put(name(2), jpeg(b"2"))
        assert "the disk is full" in status_log.problems["spool"]
    spool.put(name(3), jpeg(b"3"))
    assert status_log.problems == {}
    assert spool.waiting == 3
    assert drained(spool) == [(name(number), jpeg(b"%d" % number)) for number in (1, 2, 3)]
    assert list(tmp_path.glob("*.part")) == []


def test_memory_is_bounded_too(
    tmp_path: Path, status_log: StatusLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, 10**9, status_log)
    monkeypatch.setattr(os, "fsync", full)
    for number in range(5):
        spool.put(name(number), jpeg(b"x" * (MEMORY // 3)))
    assert [kept for kept, _ in drained(spool)] == [name(3), name(4)]
    assert status_log.counts["dropped"] == 3


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path, status_log: StatusLog) -> None:
    (tmp_path / "file").write_text("not a folder")
    spool = Spool(tmp_path / "file" / "spool", 10**6, status_log)
    assert "Not a directory" in status_log.problems["spool"]
    spool.put(name(1), jpeg())
    assert drained(spool) == [(name(1), jpeg())]


def test_two_processes_do_not_share_a_spool(tmp_path: Path, status_log: StatusLog) -> None:
    spool = Spool(tmp_path, 10**6, status_log)
    assert "another process uses" in opened_elsewhere(tmp_path)
    spool.close()
    assert opened_elsewhere(tmp_path) == ""


def opened_elsewhere(folder: Path) -> str:
    script = f"""
from pathlib import Path
from deeplens.common.status_log import StatusLog
from deeplens.spool import Spool
Spool(Path({str(folder)!r}), 10**6, StatusLog())
"""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stderr
