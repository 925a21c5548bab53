"""What functions print and log lands in the file, whenever their loggers were made."""

import io
import logging
import sys
from contextlib import redirect_stdout
from pathlib import Path

from infra.local.journal import journal


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


def test_each_run_begins_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "functions.jsonl"
    with redirect_stdout(io.StringIO()) as terminal:
        for line in ("first", "second"):
            with journal(path):
                print(line)
    assert path.read_text() == "second\n"
    assert terminal.getvalue() == ""
