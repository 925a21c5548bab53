"""What the functions print and log goes to a file, as in AWS it goes to CloudWatch, not to the terminal."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TextIO

JOURNAL = Path(".local/logs/functions.jsonl")


@contextmanager
def journal(path: Path = JOURNAL) -> Iterator[None]:
    """Send stdout and all logging to `path` for the time of a `with`; a new file each time.

    Loggers made before keep the stream that they were made with, so that stream is exchanged in them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as file:
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
            _let_go(file)


def _moved(handler: "logging.StreamHandler[TextIO]", stream: TextIO) -> TextIO:
    """Exchange a handler's stream; the one before."""
    handler.acquire()
    before, handler.stream = handler.stream, stream
    handler.release()
    return before


def _let_go(file: TextIO) -> None:
    """Handlers that were made meanwhile must not write to a closed file."""
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
