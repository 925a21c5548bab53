"""Read -> decide -> act, the middle: which rows of a quarter hour change, and is the roll-up stale. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from counter.recount.row import LeftAlone, recounted
from counter.recount.totals import PersonSeconds, RecountTotals, Untouched, untouched
from counter.rows.occupancy import QuarterHour, Row, roll_up
from counter.rows.rule import Rule


@dataclass(frozen=True)
class RowChange:
    """A row as it was read, and as it is to be."""

    before: Row
    after: Row


@dataclass(frozen=True)
class QuarterPlan:
    """What to do for the quarter hour that begins at `start`: put these rows, and then perhaps the roll-up.

    Camera and store are those of the roll-up. `stale` says that the stored roll-up is not what the rows will
    give.
    """

    camera_id: str
    store_id: str
    start: datetime
    changes: tuple[RowChange, ...]
    stale: bool
    totals: RecountTotals

    @property
    def touches(self) -> bool:
        """Whether there is anything to store."""
        return bool(self.changes) or self.stale


def plan_quarter(rule: Rule, start: datetime, rows: Sequence[Row], stored: QuarterHour | None) -> QuarterPlan:
    """Decide what to do for a quarter hour, given all its rows in order, at least one; see `plan_expired`.

    `stored` is its roll-up, read before the rows. Its rank exceeds that of the rows only if some of them have
    expired: then all is left as it is.
    """
    camera_id, store_id = rows[0].camera_id, rows[-1].store_id
    now = roll_up(camera_id, start, rows)
    if stored is not None and now is not None and stored.rank > now.rank:
        expired = untouched((LeftAlone.EXPIRED, row) for row in rows)
        totals = RecountTotals(len(rows), left_alone=expired)
        return QuarterPlan(camera_id, store_id, start, (), stale=False, totals=totals)
    outcomes = [(row, recounted(row, rule)) for row in rows]
    done = [RowChange(row, after) for row, after in outcomes if isinstance(after, Row)]
    after = [row if isinstance(outcome, LeftAlone) else outcome for row, outcome in outcomes]
    stale = stored != roll_up(camera_id, start, after)
    return QuarterPlan(
        camera_id,
        store_id,
        start,
        tuple(change for change in done if change.after != change.before),
        stale=stale,
        totals=_totals(
            [change for change in done if change.before.count is not None],
            [(outcome, row) for row, outcome in outcomes if isinstance(outcome, LeftAlone)],
            len(rows),
            stale=stale,
        ),
    )


def plan_expired(rule: Rule, stored: QuarterHour) -> QuarterPlan:
    """The plan for a quarter hour without rows, given its roll-up: nothing can be done.

    It is named as left alone if the rule may count otherwise: not without a counted row.
    """
    is_left = stored.counted > 0 and stored.rule != rule.digest
    left = {LeftAlone.NO_ROWS: Untouched(1, stored.start, stored.start)} if is_left else {}
    totals = RecountTotals(left_alone=left)
    return QuarterPlan(stored.camera_id, stored.store_id, stored.start, (), stale=False, totals=totals)


def _totals(
    done: Sequence[RowChange], left: Iterable[tuple[LeftAlone, Row]], rows: int, *, stale: bool
) -> RecountTotals:
    return RecountTotals(
        rows=rows,
        changed=sum(change.before != change.after for change in done),
        counts=sum(change.before.count != change.after.count for change in done),
        roll_ups=int(stale),
        seconds=sum(change.before.sample_every for change in done),
        before=PersonSeconds.of(change.before for change in done),
        after=PersonSeconds.of(change.after for change in done),
        left_alone=untouched(left),
    )
