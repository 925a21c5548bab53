"""Day files: lines -> gzipped bytes, and back; a damaged file is named with the way out. Pure."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from counter.history.keys import StoredDays
from counter.history.lines import HistoryLine, Projection, decode, encode, parse
from ingest.errors import OccupancyError

CHUNK = 1 << 18
"""Bytes that are unpacked at once: a month file of many cameras does not have to fit in memory."""
LEVEL = 6
EMPTY = "it has no bytes"
"""A day without any line is a gzip file of 20 bytes: an object of 0 bytes is a copy that was cut off."""


class DamagedFile(OccupancyError):
    """An object of the history bucket that this version did not write, or that is not what it wrote."""

    def __init__(self, key: str, why: str) -> None:
        of = StoredDays.of_key(key)
        names = f"{of.store_id} --from {of.first} --to {of.last}" if of else "STORE --from DAY --to DAY"
        super().__init__(
            f"{key} in the history bucket cannot be read ({why}): build it again with"
            f" `occupancy store rebuild {names}`"
        )
        self.key = key


def pack(content: bytes) -> bytes:
    """Gzip with the time 0 and no name: the same content always gives the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def unpack(key: str, packed: bytes) -> bytes:
    """The content of a packed object. Raises DamagedFile."""
    if not packed:
        raise DamagedFile(key, EMPTY)
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedFile(key, "it is not gzip, or cut off") from error


def quarters_file(lines: Iterable[HistoryLine]) -> bytes:
    """The unpacked content of a day file: its lines by camera and start; nothing for a day without any."""
    ordered = sorted(lines, key=lambda line: (line.camera, line.start))
    return b"".join(encode(line) + b"\n" for line in ordered)


def read_quarters(key: str, content: bytes) -> list[HistoryLine]:
    """The lines of an unpacked day file. Raises DamagedFile."""
    try:
        return [decode(values) for values in parse(content.splitlines())]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedFile(key, "it is not a file of quarter hours") from error


def read_objects(
    key: str, packed: Iterable[bytes], projection: Projection = Projection.ALL
) -> Iterator[list[dict[str, Any]]]:
    """The JSON objects of a packed day or month file, some thousands at a time. Raises DamagedFile.

    `packed` are the parts of the object as they arrive. A month file has one gzip member for each day.
    """
    rest = b""
    for content in _unpacked(key, packed):
        *lines, rest = (rest + content).split(b"\n")
        if lines:
            yield _parsed(key, lines, projection)
    if rest:
        raise DamagedFile(key, "its last line is cut off")


def _parsed(key: str, lines: list[bytes], projection: Projection) -> list[dict[str, Any]]:
    try:
        return parse(lines, projection)
    except (ValueError, TypeError) as error:
        raise DamagedFile(key, "a line is not a JSON object") from error


def _unpacked(key: str, packed: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    began = False
    empty = True
    for part in packed:
        data = part
        empty = empty and not part
        while data:
            try:
                yield member.decompress(data, CHUNK)
            except zlib.error as error:
                raise DamagedFile(key, "it is not gzip") from error
            began = True
            data = member.unconsumed_tail
            if member.eof:
                data, member, began = member.unused_data, zlib.decompressobj(wbits=31), False
    if began:
        raise DamagedFile(key, "it is cut off")
    if empty:
        raise DamagedFile(key, EMPTY)
