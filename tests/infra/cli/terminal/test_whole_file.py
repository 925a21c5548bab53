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
