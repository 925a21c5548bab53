import json
from collections.abc import Iterator

import pytest

from counter.history.files import DamagedFile, pack, quarters_file, read_objects, read_quarters, unpack
from counter.history.lines import Projection
from tests.counter.history.sample_lines import line

KEY = "history/day=2026-11-22/store=north/quarters.jsonl.gz"
LINES = [line(minutes, camera) for camera in ("a", "b") for minutes in (0, 15, 30)]


def parts(packed: bytes, size: int = 7) -> Iterator[bytes]:
    return (packed[first : first + size] for first in range(0, len(packed), size))


def test_a_day_comes_back_as_it_was() -> None:
    packed = pack(quarters_file(LINES))
    assert read_quarters(KEY, unpack(KEY, packed)) == LINES


def test_the_order_of_the_lines_does_not_show() -> None:
    assert pack(quarters_file(reversed(LINES))) == pack(quarters_file(LINES))


def test_the_header_holds_no_time_and_no_name() -> None:
    # RFC 1952: magic, deflate, no flags, four bytes of time; the operating system is "unknown".
    assert pack(b"x")[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    assert pack(b"x")[9] == 255


def test_a_day_without_lines_is_empty() -> None:
    assert read_quarters(KEY, unpack(KEY, pack(quarters_file([])))) == []
    assert list(read_objects(KEY, [pack(b"")])) == []


def test_joined_days_are_read_in_parts() -> None:
    joined = pack(quarters_file(LINES[:3])) + pack(b"") + pack(quarters_file(LINES[3:]))
    found = [values for objects in read_objects(KEY, parts(joined)) for values in objects]
    assert [(values["camera"], values["start"]) for values in found] == [
        (each.camera, f"{each.start:%Y-%m-%dT%H:%M:%SZ}") for each in LINES
    ]


def test_scalars_of_a_joined_file() -> None:
    (found,) = read_objects(KEY, [pack(quarters_file(LINES[:1]))], Projection.SCALARS)
    assert "histogram" not in found[0]
    assert found[0]["person_seconds"] == 1200


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"not gzip",
        pack(quarters_file(LINES))[:-9],
        pack(b'{"store":"north"}\n'),
        pack(b"[1]\n"),
        pack(b"\x00\xff\n"),
    ],
    ids=["no bytes", "not gzip", "cut off", "foreign", "no object", "no text"],
)
def test_a_damaged_file_is_named_with_the_way_out(packed: bytes) -> None:
    with pytest.raises(DamagedFile, match=r"^history/day=.*cannot be read .*`occupancy store rebuild"):
        read_quarters(KEY, unpack(KEY, packed))


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"not gzip",
        pack(quarters_file(LINES))[:-9],
        pack(b'{"a":1}'),
        pack(b"[1]\n"),
        pack(json.dumps({}).encode()),
    ],
    ids=["no bytes", "not gzip", "cut off", "no end of line", "no object", "no lines"],
)
def test_a_damaged_file_is_found_while_it_is_read(packed: bytes) -> None:
    with pytest.raises(DamagedFile):
        list(read_objects(KEY, parts(packed)))


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("history/day=2026-11-22/store=north/quarters.jsonl.gz", "north --from 2026-11-22 --to 2026-11-22"),
        ("history/month=2026-11/store=north/quarters.jsonl.gz", "north --from 2026-11-01 --to 2026-11-30"),
        ("a day file", "STORE --from DAY --to DAY"),
    ],
)
def test_the_way_out_of_a_damaged_file_names_its_store_and_days(key: str, command: str) -> None:
    assert str(DamagedFile(key, "why")) == (
        f"{key} in the history bucket cannot be read (why): build it again with"
        f" `occupancy store rebuild {command}`"
    )
