"""Writes a file as a whole or not at all."""

import os
from pathlib import Path

from ingest.errors import OccupancyError


class UnwritableFile(OccupancyError):
    """A file that cannot be written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path} cannot be written ({error.strerror or error}): name another file")


def write_whole(path: Path, text: str) -> None:
    """Write beside `path`, then rename: a file that was there stays until the new one is whole.

    Raises UnwritableFile.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise UnwritableFile(path, error) from error
