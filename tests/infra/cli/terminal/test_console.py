import pytest
from rich.table import Table

from infra.cli.terminal.console import say


def test_in_a_pipe_nothing_is_broken_or_padded(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "a sentence of many words " * 40
    table = Table.grid(padding=(0, 2))
    table.add_row("door", "live")
    table.add_row("yard", "")

    say(sentence, table, "", "one\ntwo")

    assert capsys.readouterr().out == f"{sentence.rstrip()}\ndoor  live\nyard\n\none\ntwo\n"
