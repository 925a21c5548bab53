import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli.terminal.whole_file import FileNotWritten, check_new, whole_file


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def half_written(path: Path, error: type[BaseException]) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise error


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"before")
    with whole_file(path) as file:
        file.write(b"after")
        file.flush()
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert names(tmp_path) == ["rows.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_there_is_what_was_before(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"before")
    with pytest.raises(error):
        half_written(path, error)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["rows.csv"]


KILLED = """
import os, signal, sys
from pathlib import Path
from infra.cli.terminal.whole_file import whole_file
with whole_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_goes_with_the_next_file_of_that_name(tmp_path: Path) -> None:
    path, other = tmp_path / "a[1].csv", tmp_path / "b.csv"
    for name in (path, other):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(name)], check=False)
        assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 2
    (of_other,) = (name for name in names(tmp_path) if name.startswith(".b.csv."))
    with whole_file(path) as file:
        file.write(b"whole")
    assert sorted(names(tmp_path)) == [of_other, "a[1].csv"]


def test_files_of_processes_that_run_and_other_names_stay(tmp_path: Path) -> None:
    """Process 1 runs, though it may be somebody else's; no process has the last number."""
    stay = {".a.csv.1.part", ".a.csv.0.part", ".a.csv.x.part", ".a.csv.9999999999.part", "a.csv.7.part"}
    folder = tmp_path / ".a.csv.4194305.part"
    folder.mkdir()
    for name in stay:
        (tmp_path / name).touch()
    with whole_file(tmp_path / "a.csv"):
        pass
    assert set(names(tmp_path)) == {"a.csv", folder.name, *stay}


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with pytest.raises(FileNotWritten) as refused, whole_file(path):
        raise OSError(28, "No space left on device")
    assert str(refused.value) == f"{path} cannot be written (No space left on device): name another file"
    assert names(tmp_path) == []


def test_names_that_cannot_be_written(tmp_path: Path) -> None:
    taken, lost = tmp_path / "rows.csv", tmp_path / "missing" / "rows.csv"
    taken.touch()
    with pytest.raises(FileNotWritten, match=r"rows\.csv exists: name another file, or add --overwrite"):
        check_new(taken)
    with pytest.raises(FileNotWritten, match="its folder does not exist"):
        check_new(lost)
    check_new(tmp_path / "new.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(FileNotWritten, match="cannot be written"), whole_file(folder):
        pass
    assert names(tmp_path) == ["folder"]
