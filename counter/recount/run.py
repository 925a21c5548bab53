"""Read -> decide -> act: the rows of one camera, some quarter hours at a time.

The order is the guarantee: the entry, then rows, then their roll-ups, then the marks of their days, and only
then the entry again. A recount that is killed anywhere goes on from there, and finds what is done already.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, reduce
from itertools import groupby
from operator import add

from counter.recount.entries import RecountEntries
from counter.recount.entry import Recount
from counter.recount.plan import QuarterPlan, RowChange, plan_expired, plan_quarter
from counter.recount.totals import RecountTotals
from counter.rows.rule import Rule
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable, is_late
from ingest.times import QUARTER_HOUR, quarter_start

SLICE = timedelta(days=1)
"""How much of a camera's past is asked for at once; the answer is read page by page."""

BATCH_ROWS = 500
"""A batch ends with the quarter hour in which it has this many rows: memory does not grow with the span."""

ATTEMPTS = 5
"""How often a quarter hour is read again if somebody else changes it meanwhile."""

Span = tuple[datetime, datetime]
"""[start, end), whole quarter hours."""


@dataclass(frozen=True)
class RecountDependencies:
    """Everything outside this process that a recount reads or writes."""

    table: OccupancyTable
    entries: RecountEntries
    marks: MarkTable
    threads: Executor
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Done:
    """A part of a recount, or of its preview: all before `until` is done, and the sums of the part."""

    until: datetime
    totals: RecountTotals


def preview(table: OccupancyTable, camera_id: str, rule: Rule, span: Span) -> Iterator[Done]:
    """What a recount would change, part by part; nothing is stored."""
    for start, end in _slices(*span):
        plans = _plans(table, camera_id, rule, (start, end))
        yield Done(end, reduce(add, (plan.totals for plan in plans), RecountTotals()))


def run(recount: Recount, rule: Rule, dependencies: RecountDependencies) -> Iterator[Done]:
    """Recount what is not done yet, batch by batch, and remove the entry, which this command owns.

    Raises RecountTaken if another command has taken over.
    """
    before, entries = recount.reaching, dependencies.entries
    for start, end in _slices(recount.done, recount.end):
        plans = _plans(dependencies.table, recount.camera_id, rule, (start, end))
        for batch in _batches(plans):
            reaching = batch[-1].start + QUARTER_HOUR
            touched = max(reaching, before)
            recount = entries.advance(recount, batch[0].start, touched, dependencies.now())
            _store(batch, rule, dependencies)
            # An earlier run may have been killed between the roll-ups and their marks.
            _mark([plan for plan in batch if plan.touches or plan.start < before], dependencies)
            yield Done(reaching, reduce(add, (plan.totals for plan in batch), RecountTotals()))
    entries.end(recount)


def _slices(start: datetime, end: datetime) -> Iterator[Span]:
    while start < end:
        yield start, min(start + SLICE, end)
        start += SLICE


def _plans(table: OccupancyTable, camera_id: str, rule: Rule, span: Span) -> Iterator[QuarterPlan]:
    """A plan for each quarter hour that has rows or a roll-up, in order.

    The roll-ups are read first: see `plan_quarter`. So one without rows is of rows that have expired.
    """
    stored = {quarter.start: quarter for quarter in table.quarters(camera_id, *span)}
    rows = groupby(table.each_row(camera_id, *span), key=lambda row: quarter_start(row.instant))
    for start, group in rows:
        while stored and (first := next(iter(stored))) < start:
            yield plan_expired(rule, stored.pop(first))
        yield plan_quarter(rule, start, list(group), stored.pop(start, None))
    yield from (plan_expired(rule, quarter) for quarter in stored.values())


def _batches(plans: Iterable[QuarterPlan]) -> Iterator[list[QuarterPlan]]:
    batch: list[QuarterPlan] = []
    for plan in plans:
        batch.append(plan)
        if sum(plan.totals.rows for plan in batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _store(batch: Sequence[QuarterPlan], rule: Rule, dependencies: RecountDependencies) -> None:
    """Put the rows of a batch, then its roll-ups."""
    table, threads = dependencies.table, dependencies.threads
    changes = [change for plan in batch for change in plan.changes]
    put = threads.map(partial(_put_row, table), changes)
    refused = {
        quarter_start(change.before.instant) for change, done in zip(changes, put, strict=True) if not done
    }

    def settle(plan: QuarterPlan) -> None:
        if plan.start in refused:
            _recount_again(table, plan, rule)
        _put_roll_up(table, plan)

    list(threads.map(settle, (plan for plan in batch if plan.touches)))


def _put_row(table: OccupancyTable, change: RowChange) -> bool:
    return table.replace_count(change.before, change.after)


def _recount_again(table: OccupancyTable, plan: QuarterPlan, rule: Rule) -> None:
    """Repeat what `_store` does with the rows, for a quarter hour in which a row has changed since."""
    for _ in range(ATTEMPTS):
        stored = table.quarter(plan.camera_id, plan.start)
        rows = table.rows(plan.camera_id, plan.start, plan.start + QUARTER_HOUR)
        if not rows:
            return
        changes = plan_quarter(rule, plan.start, rows, stored).changes
        done = [_put_row(table, change) for change in changes]
        if all(done):
            return


def _put_roll_up(table: OccupancyTable, plan: QuarterPlan) -> None:
    """Put the roll-up of the rows as they are now, also in the place of one with the same rank.

    A stored roll-up with a higher rank is of a later read, which saw these rows, or of rows that have since
    expired. Reading again tells them apart: only the first can be followed.
    """
    for _ in range(ATTEMPTS):
        quarter = table.rolled_up(plan.camera_id, plan.start)
        if quarter is None or table.put_quarter(quarter, again=True):
            return


def _mark(plans: Iterable[QuarterPlan], dependencies: RecountDependencies) -> None:
    """Mark the quarter hours whose days may have been written."""
    now, by_store = dependencies.now(), defaultdict[tuple[str, str], list[datetime]](list)
    for plan in plans:
        if is_late(plan.start, now):
            by_store[plan.store_id, plan.camera_id].append(plan.start)
    for (store_id, camera_id), starts in by_store.items():
        dependencies.marks.mark(store_id, camera_id, starts)
