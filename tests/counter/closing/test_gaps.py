from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from counter.closing.gaps import SlicePlan, decide, missing, reason, slices
from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Row, roll_up
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source
from ingest.registry.opening_hours import parse as opening_hours
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling
from tests.counter.world import NOON, RETENTION, at, camera

TILL = RegisteredCamera(camera(since=NOON))


def gap(minutes: float, why: GapReason = GapReason.NO_MEDIA) -> Row:
    return gap_row(TILL.camera, at(minutes), why, RETENTION)


def counted(minutes: float) -> Row:
    return replace(gap(minutes), count=1, reason=None)


def test_slices_are_bounded_and_leave_nothing_out() -> None:
    assert list(slices(at(0), at(0))) == []
    assert list(slices(at(15), at(0))) == []
    assert list(slices(at(0), at(15))) == [(at(0), at(15))]
    assert list(slices(at(0), at(600))) == [(at(0), at(240)), (at(240), at(480)), (at(480), at(600))]


def test_missing() -> None:
    late = camera(since=at(5))
    rows = [gap_row(late, at(10), GapReason.NO_MEDIA, RETENTION)]
    assert missing(late, at(0), at(20), rows) == [at(5), at(15)]


@pytest.mark.parametrize(
    ("source", "pulled_until", "waiting", "expected"),
    [
        (Source.KVS, None, False, GapReason.NOT_PULLED),
        (Source.KVS, at(5.99), False, GapReason.NOT_PULLED),
        (Source.KVS, at(6), False, GapReason.NO_MEDIA),
        (Source.KVS, None, True, GapReason.NOT_COUNTED),
        (Source.PUSH, None, False, GapReason.NO_FRAME),
        (Source.PUSH, None, True, GapReason.NOT_COUNTED),
    ],
)
def test_reason(source: Source, pulled_until: datetime | None, waiting: bool, expected: GapReason) -> None:
    registered = RegisteredCamera(camera(source=source), cursor=PullCursor(pulled_until))
    keys = {("till-1", at(5))} if waiting else set()
    assert reason(registered, at(5), keys) is expected


def test_every_due_instant_without_a_row_becomes_a_gap_with_its_reason() -> None:
    pulled = replace(TILL, cursor=PullCursor(at(6)))
    rows = [counted(0)]
    assert decide(pulled, (at(0), at(30)), rows, {("till-1", at(20))}) == SlicePlan(
        gaps=(
            (at(5), GapReason.NO_MEDIA),
            (at(10), GapReason.NOT_PULLED),
            (at(15), GapReason.NOT_PULLED),
            (at(20), GapReason.NOT_COUNTED),
            (at(25), GapReason.NOT_PULLED),
        ),
        complete=(),
        changed=(at(0), at(15)),
    )


def test_roll_ups_are_put_as_they_are_where_nothing_is_missing_and_read_again_where_a_gap_is_put() -> None:
    rows = [counted(0), gap(5), counted(10), counted(15), counted(25), *(counted(n) for n in (30, 35, 40))]
    plan = decide(TILL, (at(0), at(45)), rows, ())
    assert plan.gaps == ((at(20), GapReason.NOT_PULLED),)
    assert plan.complete == (roll_up("till-1", at(0), rows[:3]), roll_up("till-1", at(30), rows[5:]))
    assert plan.changed == (at(15),)


def test_a_row_that_is_no_longer_due_still_has_its_roll_up() -> None:
    closed = replace(TILL, camera=replace(TILL.camera, sampling=Sampling(300, enabled=False)))
    plan = decide(closed, (at(0), at(15)), [counted(5)], ())
    assert plan == SlicePlan((), tuple(filter(None, [roll_up("till-1", at(0), [counted(5)])])), ())


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(300, "Europe/Berlin", opening_hours("sun 13:05-13:20")), [at(5), at(10), at(15)]),
        (Sampling(300, enabled=False), []),
    ],
    ids=["opening hours", "disabled"],
)
def test_instants_that_are_not_due_are_no_gaps(sampling: Sampling, expected: list[datetime]) -> None:
    registered = RegisteredCamera(camera(since=NOON, sampling=sampling))
    plan = decide(registered, (at(0), at(45)), [], ())
    assert [instant for instant, _ in plan.gaps] == expected


def test_an_interval_changed_within_a_quarter_hour_makes_no_false_gap() -> None:
    changed = RegisteredCamera(TILL.camera.with_sampling(Sampling(420), at(7)))
    instants = [at(0), at(5), at(10), *changed.camera.due(at(15), at(30))]
    rows = [replace(counted(0), instant=instant) for instant in instants]
    assert decide(changed, (at(0), at(30)), rows, ()).gaps == ()


def test_a_day_in_slices_has_each_instant_once() -> None:
    plans = [decide(TILL, span, [], ()) for span in slices(NOON, NOON + timedelta(days=1))]
    instants = [instant for plan in plans for instant, _ in plan.gaps]
    assert instants == [at(5 * n) for n in range(288)]
    assert [start for plan in plans for start in plan.changed] == [at(15 * n) for n in range(96)]


def test_a_camera_is_closed_from_its_first_moment() -> None:
    late = RegisteredCamera(camera(since=at(7)))
    assert decide(late, (at(0), at(15)), [], ()).gaps == ((at(10), GapReason.NOT_PULLED),)
