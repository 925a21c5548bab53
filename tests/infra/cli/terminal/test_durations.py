from datetime import timedelta

import click
import pytest

from infra.cli.terminal.durations import DurationOption


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("1.5h", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        (" 8w ", timedelta(weeks=8)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert DurationOption().convert(text, None, None) == duration


@pytest.mark.parametrize("text", ["", "10", "m", "1h30m", "0s", "10 m", "999999999w"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a duration above 0"):
        DurationOption().convert(text, None, None)
