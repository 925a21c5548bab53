"""What functions print and log goes to the file, whenever their loggers were created."""

import io
import logging
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from infra.local.journal import KEPT, UnwritableJournal, journal, new_path
from ingest.times import from_text


def _logger(name: str) -> logging.Logger:
    logger = logging.getLogger(f"tests.journal.{name}")
    logger.handlers = [logging.StreamHandler(sys.stdout)]
    logger.propagate = False
    return logger


def test_nothing_reaches_the_terminal_while_it_is_on(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "functions.jsonl"
    with redirect_stdout(io.StringIO()) as terminal:
        early = _logger("early")
        with journal(path):
            late = _logger("late")
            early.warning("early")
            late.warning("late")
            logging.getLogger("tests.journal.library").warning("library")
            print("metrics")
        early.warning("early after")
        late.warning("late after")
    assert path.read_text().splitlines() == ["early", "late", "library", "metrics"]
    assert terminal.getvalue().splitlines() == ["early after", "late after"]


def test_each_run_has_a_file_of_its_own() -> None:
    now = from_text("2026-11-22T14:05:00Z")
    names = {new_path(command, now, pid).as_posix() for command in ("demo", "local") for pid in (7, 8)}
    assert len(names) == 4
    assert ".local/logs/demo-20261122T140500Z-7.jsonl" in names


def test_the_latest_runs_keep_their_files(tmp_path: Path) -> None:
    old = [new_path("demo", from_text("2026-11-22T14:05:00Z"), pid, tmp_path) for pid in range(KEPT + 2)]
    for age, path in enumerate(old):
        path.touch()
        os.utime(path, (1e9 - age, 1e9 - age))
    strange = tmp_path / "mine.jsonl"
    strange.touch()
    new = new_path("local", from_text("2026-11-22T14:05:00Z"), 1, tmp_path)
    with journal(new):
        pass
    assert set(tmp_path.iterdir()) == {new, strange, *old[: KEPT - 1]}


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".local").touch()
    path = tmp_path / ".local" / "logs" / "demo.jsonl"
    with (
        pytest.raises(UnwritableJournal, match=r"demo\.jsonl \(Not a directory\): run this in"),
        journal(path),
    ):
        pass
