import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.gateway.spool.entries import Dropped
from ingest.gateway.spool.folder import SpoolUnusable
from ingest.gateway.spool.spool import DAY_MS, MEMORY_BYTES, Bounds, Damaged, Spool
from tests.ingest.gateway.full_disk import on_full_disk

START = 1_795_393_011_685
BOUNDS = Bounds(max_bytes=1_000_000)


def put(spool: Spool, number: int, data: bytes | None = None) -> None:
    """The `number`th fragment, 4 s long."""
    first = START + 4000 * number
    spool.put(first, first + 3960, data or b"fragment %d" % number, first + 4000)


def waiting(spool: Spool) -> Iterator[bytes]:
    """What waits, in its order, read as the delivery reads it."""
    number = 0
    while (entry := spool.after(number)) is not None:
        number = entry.number
        try:
            yield spool.read(entry)
        except Damaged:
            continue


def test_what_was_put_first_comes_first_also_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "door", BOUNDS)
    for number in range(12):
        put(spool, number)
    oldest = spool.oldest()
    assert oldest is not None
    spool.remove(oldest)

    again = Spool(tmp_path / "door", BOUNDS)
    put(again, 12)

    assert list(waiting(again)) == [b"fragment %d" % number for number in range(1, 13)]
    assert again.bytes == sum(map(len, waiting(again)))


def test_what_is_delivered_is_gone_for_good(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BOUNDS)
    put(spool, 0)
    entry = spool.oldest()
    assert entry is not None

    assert spool.remove(entry)
    assert not spool.remove(entry)
    assert (len(spool), spool.bytes, list(tmp_path.iterdir())) == (0, 0, [])
    assert not Spool(tmp_path, BOUNDS)


def test_nobody_else_may_look(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool" / "door", BOUNDS)
    put(spool, 0)

    (file,) = (tmp_path / "spool" / "door").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


FRAGMENT = random.Random(3).randbytes(100)


@pytest.mark.parametrize("filled", [b"", b"\0"])
def test_a_power_loss_at_any_byte_costs_what_was_being_written_and_no_more(
    tmp_path: Path, filled: bytes
) -> None:
    """The end of the file is missing or, on some file systems, full of zeros."""
    for length in range(len(FRAGMENT) + 1):
        directory = tmp_path / f"{length}"
        spool = Spool(directory, BOUNDS)
        put(spool, 0)
        put(spool, 1, FRAGMENT)
        path = max(directory.iterdir())
        path.write_bytes(FRAGMENT[:length] + filled * (len(FRAGMENT) - length))

        after = Spool(directory, BOUNDS)
        put(after, 2)

        whole = FRAGMENT[:length] + filled * (len(FRAGMENT) - length) == FRAGMENT
        expected = [b"fragment 0", *([FRAGMENT] if whole else []), b"fragment 2"]
        assert list(waiting(after)) == expected
        assert after.dropped_count == (0 if whole else 1)
        assert list(waiting(after)) == expected  # the damaged one is gone


KILLED = """
import os, sys
from pathlib import Path
from ingest.gateway.spool.spool import Bounds, Spool
spool = Spool(Path(sys.argv[1]), Bounds(10_000_000))
for number in range(10_000):
    spool.put(number, number, b"%d " % number * 3_000, number)
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7, 30])
def test_a_killed_process_loses_nothing_that_it_had_put(tmp_path: Path, after: int) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == after:
                process.kill()
                break
        last = max([after, *(int(line) for line in process.stdout if line.endswith(b"\n"))])

    found = list(waiting(Spool(tmp_path, Bounds(10_000_000))))
    assert found[: last + 1] == [b"%d " % number * 3_000 for number in range(last + 1)]


def test_full_drops_the_oldest_and_says_from_when_to_when(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Bounds(max_bytes=1000))
    for number in range(10):
        put(spool, number, bytes([number]) * 300)

    assert [data[0] for data in waiting(spool)] == [7, 8, 9]
    assert spool.dropped_count == 7
    assert spool.take_dropped() == [Dropped("spool full", 7, START, START + 6 * 4000 + 3960)]
    assert spool.take_dropped() == []


def test_what_is_too_old_is_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BOUNDS)
    put(spool, 0)
    put(spool, 1)
    spool.put(START + DAY_MS + 4000, START + DAY_MS + 4000, b"new", START + DAY_MS + 4000)

    assert list(waiting(spool)) == [b"fragment 1", b"new"]
    assert spool.take_dropped() == [Dropped("too old", 1, START, START + 3960)]


def test_a_bigger_one_than_the_spool_is_dropped_itself(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Bounds(max_bytes=100))
    put(spool, 0, bytes(101))

    assert (len(spool), spool.bytes, spool.dropped_count) == (0, 0, 1)


def test_a_file_that_vanished_is_damaged(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BOUNDS)
    put(spool, 0)
    entry = spool.oldest()
    assert entry is not None
    (tmp_path / entry.name).unlink()

    with pytest.raises(Damaged, match="cannot be read: No such file"):
        spool.read(entry)
    assert len(spool) == 0


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    assert not Spool(tmp_path, BOUNDS)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_unusable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SpoolUnusable, match=r"spool .*file/door cannot be used: Not a directory; give anoth"):
        Spool(tmp_path / "file" / "door", BOUNDS)


def put_in_vain(directory: Path) -> dict[str, Any]:
    spool = Spool(directory, Bounds(max_bytes=10 * MEMORY_BYTES))
    for number in range(10):
        put(spool, number, bytes([number]) * (MEMORY_BYTES // 4))
    return {
        "failure": spool.failure,
        "waiting": [data[0] for data in waiting(spool)],
        "dropped": spool.take_dropped()[0].reason,
        "files": [path.name for path in directory.iterdir()],
    }


def test_where_the_disk_takes_nothing_a_little_waits_in_memory(tmp_path: Path) -> None:
    found = on_full_disk(put_in_vain, tmp_path)

    assert found["failure"] is not None
    assert "cannot be written: File too large; new data waits in memory, up to 8 MB" in found["failure"]
    assert found["waiting"] == [6, 7, 8, 9]
    assert found["dropped"] == "disk cannot be written"
    assert found["files"] == []


def test_with_room_again_the_disk_is_used_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BOUNDS)
    spool.failure = "full"
    put(spool, 0)

    assert spool.failure is None


def test_what_waits_is_forced_onto_the_disk_what_does_not_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink().name))
    spool = Spool(tmp_path / "door", BOUNDS)
    for number in range(4):
        put(spool, number)
        entry = spool.oldest()
        if number < 2 and entry:
            spool.remove(entry)
    put(spool, 4)

    kept = [name for name in synced if name != "door"]
    assert [int(name.split("_")[0]) for name in kept] == [3]
    assert synced[-1] == "door"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(1, 400)),
            st.tuples(st.sampled_from(["remove", "restart"]), st.integers(0, 5)),
        ),
        max_size=40,
    )
)
def test_whatever_happens_the_order_and_the_sums_hold(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    directory = tmp_path_factory.mktemp("spool")
    spool, model, count = Spool(directory, Bounds(1000)), dict[int, bytes](), 0
    for step, value in steps:
        if step == "put":
            count += 1
            model[count] = bytes([count]) * value
            put(spool, count, model[count])
            while sum(map(len, model.values())) > 1000:
                del model[min(model)]
        elif step == "restart":
            spool = Spool(directory, Bounds(1000))
        elif len(model) > value:
            key = sorted(model)[value]
            entry = next(entry for entry in spool._waiting.values() if spool.read(entry) == model[key])
            spool.remove(entry)
            del model[key]

        assert list(waiting(spool)) == list(model.values())
        assert spool.bytes == sum(map(len, model.values()))


def spans(spool: Spool) -> list[tuple[int, int, int, bytes]]:
    found, number = [], 0
    while (entry := spool.after(number)) is not None:
        number = entry.number
        found.append((entry.first_ms, entry.last_ms, entry.shift_ms, spool.read(entry)))
    return found


def test_what_this_run_has_put_is_given_up(tmp_path: Path) -> None:
    Spool(tmp_path, Bounds(10_000)).put(1_000, 2_000, b"before", 2_000)
    spool = Spool(tmp_path, Bounds(10_000))
    for at in (3_000, 4_000):
        spool.put(at, at, b"now", at)
    spool.forget_run("wrong clock")

    assert [data for *_, data in spans(spool)] == [b"before"]
    assert spool.take_dropped() == [Dropped("wrong clock", 2, 3_000, 4_000)]


def test_by_a_clock_that_may_be_wrong_nothing_ages(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Bounds(10_000, max_age_ms=1_000))
    spool.put(1_000, 2_000, b"old", 2_000)
    spool.put(90_000, 90_000, b"new", 90_000, ages=False)
    assert len(spool) == 2

    spool.put(90_100, 90_100, b"newer", 90_100)
    assert len(spool) == 2
