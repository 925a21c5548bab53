from pathlib import Path

import pytest

from infra.cli.report.page_file import UnwritableFile, write_whole


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")
    write_whole(path, "after")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_file_before_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")

    def full(beside: Path, text: str, encoding: str) -> None:
        with beside.open("w", encoding=encoding) as file:
            file.write(text[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UnwritableFile, match=r"page\.html cannot be written \(No space left on device\)"):
        write_whole(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match="cannot be written"):
        write_whole(tmp_path, "page")
