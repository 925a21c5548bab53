"""docs/counts.md agrees with the code: its commands, its words and its columns."""

import re
import shlex
from pathlib import Path

from infra.cli.counts.entries import CountStatus
from infra.cli.counts.output import CSV_COLUMNS
from infra.cli.counts.watch import SECONDS, WINDOW
from ingest.frames.messages import GapReason
from tests.infra.documented import assert_understood

PAGE = (Path(__file__).parents[4] / "docs" / "counts.md").read_text(encoding="utf-8")


def test_commands_are_understood() -> None:
    commands = re.findall(r"^    occupancy (counts .*)$", PAGE, re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        assert_understood(shlex.split(command.split(">")[0]))


def test_every_reason_status_and_column_is_named() -> None:
    words = set(re.findall(r"`(\w+)`", PAGE))
    assert {reason.value for reason in GapReason} <= words
    assert {status.value for status in CountStatus} <= words
    assert set(CSV_COLUMNS) <= words


def test_the_times_of_watch() -> None:
    assert f"every {SECONDS:g} seconds" in PAGE
    assert f"within {WINDOW.total_seconds() / 60:g} minutes" in PAGE
