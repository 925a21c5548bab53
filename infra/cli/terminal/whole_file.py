"""A file that is written as a whole or not at all."""

import os
import re
import sys
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

    A process that is killed leaves its file beside `path`: the next file of that name removes it.
    Raises FileNotWritten.
    """
    _remove_leftovers(path)
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


def _remove_leftovers(path: Path) -> None:
    """Remove what processes that no longer run left beside `path`."""
    name = re.compile(rf"\.{re.escape(path.name)}\.([1-9][0-9]{{0,9}})\.part")
    # Nobody waits for this: what cannot be listed or removed stays.
    with suppress(OSError):
        found = [(beside, name.fullmatch(beside.name)) for beside in path.absolute().parent.iterdir()]
        for beside, match in found:
            if match and not _runs(int(match[1])):
                with suppress(OSError):
                    beside.unlink()


def _runs(pid: int) -> bool:
    """Whether a process runs, as far as one can tell."""
    if sys.platform == "win32":  # there, `os.kill` ends a process with any signal
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
