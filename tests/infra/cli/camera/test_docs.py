"""docs/cameras.md agrees with the code: its commands, its table of settings, and its CSV file."""

import re
from pathlib import Path

from infra.cli.camera.command import camera
from infra.cli.camera.csv_file import read_csv
from infra.cli.camera.import_plan import ImportAction, plan
from infra.cli.camera.settings import COLUMNS
from infra.cli.pull import pull
from ingest.registry.opening_hours import parse
from tests.infra.cli.conftest import NOW

PAGE = (Path(__file__).parents[4] / "docs" / "cameras.md").read_text(encoding="utf-8")


def test_the_table_has_every_setting() -> None:
    assert tuple(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == COLUMNS


def test_every_command_and_option_exists() -> None:
    used = re.findall(
        r"^    occupancy ((?:camera )?[a-z-]+)((?: [^#\n]|\\\n)*)", PAGE.replace("\\\n", " "), re.MULTILINE
    )
    assert len(used) >= 10
    for name, arguments in used:
        command = pull if name == "pull" else camera.commands[name.removeprefix("camera ")]
        known = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"--[a-z-]+", arguments)) <= known, name


def test_the_file_of_the_page_is_taken() -> None:
    block = re.search(r"^    camera_id,.*\n(?:    .*\n)+", PAGE, re.MULTILINE)
    assert block
    lines, mistakes = read_csv(re.sub(r"^    ", "", block[0], flags=re.MULTILINE))
    steps, more = plan(lines, {}, NOW)
    assert (mistakes, more) == ([], [])
    assert [(step.after.camera_id, step.action) for step in steps] == [
        ("entrance", ImportAction.ADD),
        ("aisle-3", ImportAction.ADD),
        ("back-door", ImportAction.ADD),
    ]


def test_the_hours_of_the_page_are_read() -> None:
    (hours,) = re.findall(r"^    (mon-fri 09:00-12:00 .*)$", PAGE, re.MULTILINE)
    assert parse(hours).to_text() == hours
