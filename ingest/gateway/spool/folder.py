"""Camera -> KVS: a spool's folder on the disk, and what is done to its files."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ingest.errors import OccupancyError


class SpoolUnusable(OccupancyError):
    """A folder in which nothing can wait."""

    def __init__(self, directory: Path, error: OSError) -> None:
        super().__init__(
            f"spool {directory} cannot be used: {error.strerror}; give another folder as spool.directory,"
            " or let this user write there"
        )


class SpoolFolder:
    """One spool's folder, made if it is missing. Raises SpoolUnusable."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = directory / "probe"
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError as error:
            raise SpoolUnusable(directory, error) from error

    def sizes(self) -> Mapping[str, int]:
        """(name -> bytes) of all files. Raises SpoolUnusable."""
        try:
            with os.scandir(self.directory) as entries:
                return {entry.name: entry.stat().st_size for entry in entries}
        except OSError as error:
            raise SpoolUnusable(self.directory, error) from error

    def write(self, name: str, data: bytes) -> None:
        """Write a new file, or leave none. Raises OSError."""
        path = self.directory / name
        try:
            # Pictures of people: for nobody else to read.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
        except OSError:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        """Read a file. Raises OSError."""
        return (self.directory / name).read_bytes()

    def delete(self, name: str) -> None:
        """Delete a file; one that stays is delivered twice, which KVS's readers tolerate."""
        with suppress(OSError):
            (self.directory / name).unlink(missing_ok=True)

    def replace_empty(self, old: Iterable[str], new: Iterable[str]) -> None:
        """Keep the empty files named `new` instead of those named `old`, as far as the disk allows."""
        for name in set(new) - set(old):
            with suppress(OSError):
                (self.directory / name).touch(mode=0o600)
        for name in set(old) - set(new):
            self.delete(name)

    def remove(self) -> None:
        """Delete the folder, unless it holds foreign files."""
        with suppress(OSError):
            self.directory.rmdir()

    def sync(self, names: Iterable[str]) -> None:
        """Sync files to the disk, as far as they are still there and the disk allows."""
        synced = [_fsync(self.directory / name) for name in names]
        if any(synced):
            _fsync(self.directory)


def _fsync(path: Path) -> bool:
    """Return False if it is gone, delivered in between, or the disk refuses."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True
