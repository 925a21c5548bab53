"""What the demo shows, on a terminal and in a pipe."""

import io
from dataclasses import replace
from datetime import timedelta

from rich.console import Console

from infra.local.demo.score import Score
from infra.local.demo.screen import Screen, line, picture, summary
from infra.local.demo.snapshot import Snapshot, Waiting
from ingest.frames.messages import GapReason

SCORES = (
    Score("entrance", 3, 3, counted=9, compared=9, equal=9, gaps={}, roll_ups=1),
    Score("door", 1, None, counted=8, compared=0, equal=0, gaps={GapReason.GOP_TOO_LONG: 2}, roll_ups=1),
)
SNAPSHOT = Snapshot(
    "counting",
    SCORES,
    (timedelta(seconds=3), timedelta(seconds=5)),
    Waiting(frames=2, in_bucket=1),
    modes={"entrance": "images", "door": "auto"},
)


def _rendered(thing: object) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(thing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_picture_has_count_truth_rows_gaps_freshness_and_what_waits() -> None:
    text = _rendered(picture(SNAPSHOT))
    entrance, door = (row for row in text.splitlines() if "entrance" in row or "door" in row)
    assert [cell.strip() for cell in entrance.split("│")[1:-1]] == [
        "entrance", "images", "3", "3", "9", "9 of 9 (100%)", "1", "none",
    ]  # fmt: skip
    assert [cell.strip() for cell in door.split("│")[1:-1]] == [
        "door", "auto", "1", "-", "10", "-", "1", "2 gop_too_long",
    ]  # fmt: skip
    assert "p50 5.0 s, p95 5.0 s; waiting: 2 messages, 1 frames; dead letters: 0" in text


def test_the_summary_says_that_all_held() -> None:
    text = _rendered(summary(replace(SNAPSHOT, compared="History: 1 day file.")))
    assert "\nHistory: 1 day file.\n" in text
    assert "19 rows, coverage 89.5%, 9 of 9 (100%) counts equal to the truth" in text
    assert "Every due instant has its row" in text


def test_the_summary_names_what_was_broken_instead() -> None:
    snapshot = Snapshot(
        "done", (), (), Waiting(), warnings=("slow", "slow"), broken=("1 frame is left in the bucket: a",)
    )
    text = _rendered(summary(snapshot))
    assert "broken: 1 frame is left in the bucket: a" in text
    assert text.count("warning: slow") == 1
    assert "0 rows, coverage nothing" in text
    assert "Every due instant" not in text


def test_in_a_pipe_there_is_a_line_at_each_change_and_every_few_seconds() -> None:
    times = iter([10.0, 10.0, 12.0, 15.5, 15.5, 16.0])
    console = Console(file=io.StringIO(), width=400)
    with Screen(console, monotonic=lambda: next(times)) as screen:
        for what in ("counting", "counting", "counting", "counting", "ending"):
            screen.show(Snapshot(what, SCORES, (), Waiting()))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert [text.split(":")[0] for text in lines] == ["counting", "counting", "ending"]


def test_before_there_is_a_camera_the_phase_is_shown() -> None:
    assert _rendered(picture(Snapshot("starting the local cloud"))).strip() == "starting the local cloud ..."
    assert line(Snapshot("starting the local cloud")) == "starting the local cloud ..."


def test_the_latest_warnings_stand_below_the_picture() -> None:
    snapshot = replace(SNAPSHOT, warnings=("one", "two", "one", "three", "four"))
    found = [text.strip() for text in _rendered(picture(snapshot)).splitlines() if "warning" in text]
    assert found == ["warning: one", "warning: three", "warning: four"]


def test_in_a_pipe_a_new_warning_is_a_line_at_once() -> None:
    console = Console(file=io.StringIO(), width=400)
    with Screen(console, monotonic=lambda: 0.0) as screen:
        for warnings in ((), ("slow",), ("slow", "slow"), ("slow", "dark")):
            screen.show(replace(SNAPSHOT, warnings=warnings))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[1:] == ["warning: slow", "warning: dark"]


def test_the_screen_knows_whether_anything_was_counted() -> None:
    with Screen(Console(file=io.StringIO())) as screen:
        screen.show(Snapshot("starting the local cloud"))
        assert not screen.counted
        screen.show(SNAPSHOT)
    assert screen.counted


def test_a_line_has_it_all() -> None:
    assert line(SNAPSHOT).startswith("counting: entrance 3 (true 3), 9 rows; door 1 (true -), 10 rows;")


def test_on_a_terminal_the_table_is_redrawn() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with Screen(console) as screen:
        screen.show(SNAPSHOT)
    assert isinstance(console.file, io.StringIO)
    assert "entrance" in console.file.getvalue()
