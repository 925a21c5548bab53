from dataclasses import replace
from datetime import timedelta

from counter.recount.plan import RowChange, plan_expired, plan_quarter
from counter.recount.row import LeftAlone
from counter.recount.totals import PersonSeconds, RecountTotals, Untouched
from counter.rows.occupancy import roll_up
from counter.rows.rule import Rule
from tests.counter.recount.sample_people import LEFT
from tests.counter.rows.sample_rows import COUNTED, GAP, QUARTER

RULE = Rule(80.0, {"entry": LEFT})
OLD = replace(COUNTED, feet=None, rule=None)
FIRST = replace(OLD, instant=QUARTER)
LAST = replace(GAP, instant=QUARTER + timedelta(minutes=10), store_id="south")
"""A gap of a camera that has moved meanwhile."""


def test_rows_change_and_the_roll_up_is_stale() -> None:
    """Each row counts one at 95 and two at 80, for 300 s; one of the two stands in the left half."""
    rows = [FIRST, OLD, LAST]
    plan = plan_quarter(RULE, QUARTER, rows, roll_up("till-1", QUARTER, rows))
    assert [change.before for change in plan.changes] == [FIRST, OLD]
    assert {(change.after.count, change.after.rule) for change in plan.changes} == {(2, RULE.digest)}
    assert (plan.camera_id, plan.store_id, plan.start) == ("till-1", "south", QUARTER)
    assert plan.stale
    assert plan.touches
    assert plan.totals == RecountTotals(
        rows=3,
        changed=2,
        counts=2,
        roll_ups=1,
        seconds=600,
        before=PersonSeconds(600, {"entry": 600, "shelf": 0}),
        after=PersonSeconds(1200, {"entry": 600}),
    )


def test_nothing_to_do_once_it_is_done() -> None:
    first = plan_quarter(RULE, QUARTER, [FIRST, OLD, LAST], None)
    after = [*(change.after for change in first.changes), LAST]
    second = plan_quarter(RULE, QUARTER, after, roll_up("till-1", QUARTER, after))
    assert (second.changes, second.stale, second.touches) == ((), False, False)
    assert (second.totals.rows, second.totals.changed) == (3, 0)
    assert second.totals.before == second.totals.after


def test_a_roll_up_that_was_not_put_is_put_though_no_row_changes() -> None:
    """The recount was killed between the rows and their roll-up."""
    first = plan_quarter(RULE, QUARTER, [FIRST, OLD, LAST], None)
    after = [*(change.after for change in first.changes), LAST]
    plan = plan_quarter(RULE, QUARTER, after, roll_up("till-1", QUARTER, [FIRST, OLD, LAST]))
    assert (plan.changes, plan.stale, plan.touches) == ((), True, True)


def test_a_quarter_hour_whose_rows_have_partly_expired_is_left_alone() -> None:
    stored = roll_up("till-1", QUARTER, [FIRST, OLD, LAST])
    plan = plan_quarter(RULE, QUARTER, [OLD, LAST], stored)
    assert (plan.changes, plan.touches) == ((), False)
    assert plan.totals == RecountTotals(
        rows=2, left_alone={LeftAlone.EXPIRED: Untouched(2, OLD.instant, LAST.instant)}
    )


def test_a_quarter_hour_whose_rows_have_all_expired_is_left_alone() -> None:
    stored = roll_up("till-1", QUARTER, [FIRST, OLD, LAST])
    assert stored is not None
    plan = plan_expired(RULE, stored)
    assert (plan.camera_id, plan.store_id, plan.start, plan.touches) == ("till-1", "south", QUARTER, False)
    assert plan.totals == RecountTotals(left_alone={LeftAlone.NO_ROWS: Untouched(1, QUARTER, QUARTER)})


def test_without_rows_nothing_is_left_alone_where_the_rule_changes_nothing() -> None:
    """It was counted by this rule, or there are gaps only, which stay gaps."""
    stored, gaps = roll_up("till-1", QUARTER, [FIRST]), roll_up("till-1", QUARTER, [LAST])
    assert stored is not None
    assert gaps is not None
    for quarter in (replace(stored, rule=RULE.digest), gaps):
        assert plan_expired(RULE, quarter).totals == RecountTotals()


def test_a_roll_up_behind_its_rows_is_no_sign_of_expiry() -> None:
    """Its writer was killed: the roll-up has a lower rank, not a higher one."""
    plan = plan_quarter(RULE, QUARTER, [FIRST, OLD], roll_up("till-1", QUARTER, [FIRST]))
    assert len(plan.changes) == 2


def test_rows_that_are_left_alone_do_not_stop_the_others() -> None:
    at_80 = replace(FIRST, floor=80.0)
    plan = plan_quarter(Rule(60.0), QUARTER, [at_80, OLD], None)
    assert plan.changes == (RowChange(OLD, plan.changes[0].after),)
    assert plan.totals.left_alone == {LeftAlone.FLOOR: Untouched(1, QUARTER, QUARTER)}
    assert (plan.totals.seconds, plan.totals.before.total, plan.totals.after.total) == (300, 300, 600)
