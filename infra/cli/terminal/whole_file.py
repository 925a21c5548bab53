"""A file that is written as a whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ingest.errors import OccupancyError


class FileNotWritten(OccupancyError):
    """A file that exists already, or that cannot be written."""


def check_new(path: Path) -> None:
    """Raise FileNotWritten if something has that name, or its folder does not exist."""
    if path.exists():
        raise FileNotWritten(f"{path} exists: name another file, or add --overwrite")
    if not path.absolute().parent.is_dir():
        raise FileNotWritten(f"{path} cannot be written (its folder does not exist): name another file")


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A new file beside `path`, which takes that name at the end; after an error nothing of it is left.

    Raises FileNotWritten.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except (ConnectionError, TimeoutError):  # of what is read, not of the file
        raise
    except OSError as error:
        why = error.strerror or error
        raise FileNotWritten(f"{path} cannot be written ({why}): name another file") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
