from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from counter.recount.entry import LEASE, Recount, RecountRuns, RecountUnfinished, command_of, resumed

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=30)
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
HALF = START + timedelta(days=15)
WANTED = Recount("till-1", START, END, "aa", None, START, START)
STOPPED = replace(WANTED, done=HALF, reaching=HALF + timedelta(hours=1))


def test_what_is_run() -> None:
    assert resumed(None, WANTED, NOW) == WANTED
    assert resumed(STOPPED, WANTED, NOW) == STOPPED
    assert resumed(STOPPED.owned("dead", NOW - LEASE), WANTED, NOW).done == HALF


def test_by_another_rule_it_begins_anew() -> None:
    """The rows of the first try are changed all the same, up to where it had come."""
    other = replace(WANTED, rule="bb")
    assert resumed(STOPPED, other, NOW) == replace(other, reaching=STOPPED.reaching)


def test_one_that_runs_is_not_disturbed() -> None:
    with pytest.raises(RecountRuns) as caught:
        resumed(STOPPED.owned("other", NOW - LEASE / 2), WANTED, NOW)
    assert str(caught.value) == (
        "camera 'till-1' is being recounted by another command: wait until it has ended"
    )


def test_another_span_waits_for_the_first_one() -> None:
    with pytest.raises(RecountUnfinished) as caught:
        resumed(replace(STOPPED, min_confidence=80.0), replace(WANTED, end=HALF), NOW)
    assert str(caught.value) == (
        "an earlier recount of camera 'till-1' has not ended: finish it first with `occupancy recount"
        " --camera till-1 --from 2026-11-01T00:00Z --to 2026-12-01T00:00Z --min-confidence 80`"
    )


def test_the_command_that_resumes_it() -> None:
    assert command_of(WANTED) == (
        "occupancy recount --camera till-1 --from 2026-11-01T00:00Z --to 2026-12-01T00:00Z"
    )
