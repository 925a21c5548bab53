"""Which instants a picture is compared with, and when it is frozen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from counter.counting.frozen import Digests, compared_with
from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Row
from ingest.frames.inspection import Inspection
from ingest.frames.messages import GapReason
from ingest.registry import opening_hours
from ingest.registry.sampling import Sampling
from tests.counter.world import RETENTION, at, camera

TILL = camera()
SAME, OTHER = "5" * 16, "0" * 16


def row_with(minutes: int, digest: str | None) -> Row:
    return replace(gap_row(TILL, at(minutes), GapReason.NO_PICTURE, RETENTION), digest=digest)


def digests(*known: tuple[int, str | None]) -> Digests:
    return Digests({("till-1", at(minutes)): row_with(minutes, digest) for minutes, digest in known})


@pytest.mark.parametrize(
    ("known", "frozen"),
    [
        ([], False),
        ([(5, SAME)], False),
        ([(0, SAME), (5, SAME)], True),
        ([(0, OTHER), (5, SAME)], False),
        ([(0, SAME), (5, OTHER)], False),
        ([(0, SAME), (5, None)], False),  # a gap without a picture, or a row of an earlier version
        ([(-5, SAME), (0, SAME)], False),
        ([(0, SAME), (5, SAME), (15, OTHER)], True),
        ([(15, SAME), (20, SAME)], False),  # what comes after it does not matter
    ],
)
def test_frozen_is_the_same_as_at_the_two_instants_before(
    known: list[tuple[int, str | None]], frozen: bool
) -> None:
    assert digests(*known).frozen(TILL, at(10), SAME) is frozen


def test_frames_of_the_same_batch_count_as_rows_do() -> None:
    found = digests((0, SAME))
    assert not found.frozen(TILL, at(10), SAME)
    found.add(TILL, at(5), Inspection(OTHER))
    assert not found.frozen(TILL, at(10), SAME)
    found.add(TILL, at(5), Inspection(SAME))  # another frame of that instant
    assert found.frozen(TILL, at(10), SAME)
    assert not found.frozen(camera("till-2"), at(10), SAME)


def test_a_camera_that_may_repeat_is_never_frozen() -> None:
    looped = replace(TILL, repeats=True)
    assert compared_with(looped, at(10)) == ()
    assert not digests((0, SAME), (5, SAME)).frozen(looped, at(10), SAME)


def test_a_run_goes_on_over_closed_hours() -> None:
    hours = opening_hours.parse("mon-fri 09:00-18:00")
    shop = camera(since=at(-20_000), sampling=Sampling(300, "UTC", hours))
    monday = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    friday = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
    assert compared_with(shop, monday) == (friday + timedelta(minutes=5), friday)
    assert compared_with(shop, monday + timedelta(minutes=5)) == (monday, friday + timedelta(minutes=5))


def test_a_new_camera_has_nothing_to_compare_with() -> None:
    new = camera(since=at(5))
    assert compared_with(new, at(10)) == (at(5),)
    assert not digests((0, SAME), (5, SAME)).frozen(new, at(10), SAME)
