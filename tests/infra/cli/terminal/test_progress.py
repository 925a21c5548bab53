import pytest

from infra.cli.terminal.progress import progress_bar


def test_the_bar_leaves_stdout_to_the_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich then takes stderr for a terminal
    with progress_bar(transient=True) as bar:
        bar.add_task("reading", total=2)
        print("data")
    out, err = capsys.readouterr()
    assert out == "data\n"
    assert "reading" in err


def test_a_disabled_bar_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(disable=True) as bar:
        bar.add_task("reading", total=2)
    assert capsys.readouterr() == ("", "")
