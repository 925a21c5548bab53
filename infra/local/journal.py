"""Sends what the functions print and log to a file, as Lambda sends it to CloudWatch, not to the terminal."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from ingest.errors import OccupancyError

LOGS = Path(".local/logs")
KEPT = 10
"""The number of runs whose files are kept."""


class UnwritableJournal(OccupancyError, OSError):
    """The log file cannot be created."""


def new_path(command: str, now: datetime, pid: int, folder: Path = LOGS) -> Path:
    """The path of a run's own file, such as `demo-20261122T140500Z-4711.jsonl`."""
    return folder / f"{command}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{pid}.jsonl"


@contextmanager
def journal(path: Path) -> Iterator[None]:
    """Send stdout and all logging to `path` inside a `with`; delete the oldest files beside it.

    Existing loggers keep the stream that they were created with, so it is replaced in them.
    Raises UnwritableJournal.
    """
    with _opened(path) as file:
        _forget_old(path.parent)
        moved = [handler for handler in _stream_handlers() if handler.stream in {sys.stdout, sys.stderr}]
        before = [(handler, _moved(handler, file)) for handler in moved]
        libraries = logging.StreamHandler(file)
        logging.getLogger().addHandler(libraries)
        try:
            with redirect_stdout(file):
                yield
        finally:
            logging.getLogger().removeHandler(libraries)
            for handler, stream in before:
                handler.setStream(stream)
            _release(file)


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        raise UnwritableJournal(
            f"the functions' log cannot be written to {path} ({error.strerror}):"
            " run this in a directory that you may write to"
        ) from None


def _forget_old(folder: Path) -> None:
    """Delete all but the latest, by the time of their last line: a run that continues keeps its file."""
    with suppress(FileNotFoundError):  # another run deletes old files, too
        paths = sorted(folder.glob("*-*T*Z-*.jsonl"), key=lambda path: path.stat().st_mtime)
        for path in paths[:-KEPT]:
            path.unlink()


def _moved(handler: "logging.StreamHandler[TextIO]", stream: TextIO) -> TextIO:
    """Replace a handler's stream; return the previous stream."""
    handler.acquire()
    before, handler.stream = handler.stream, stream
    handler.release()
    return before


def _release(file: TextIO) -> None:
    """Redirect handlers that were created meanwhile: they must not write to a closed file."""
    for handler in _stream_handlers():
        if handler.stream is file:
            handler.setStream(sys.stdout)


def _stream_handlers() -> list["logging.StreamHandler[TextIO]"]:
    loggers = [logging.getLogger(name) for name in list(logging.Logger.manager.loggerDict)]
    return [
        handler
        for logger in (logging.getLogger(), *loggers)
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
    ]
