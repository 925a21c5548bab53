"""How far a recount or its preview has come: a bar for each camera, by day."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import add

from rich.progress import Progress, TimeRemainingColumn

from counter.recount.run import Done, Span
from counter.recount.totals import RecountTotals
from infra.cli.terminal.progress import progress_bar

DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayBars:
    """The bars of one command; all have the same span."""

    bar: Progress
    span: Span

    def follow(self, what: str, parts: Iterable[Done]) -> RecountTotals:
        """Sum up the parts as they come, and show how many days they have reached."""
        start, end = self.span
        days = -(-(end - start) // DAY)
        task = self.bar.add_task(what, total=days)

        def each() -> Iterator[RecountTotals]:
            for done in parts:
                self.bar.update(task, completed=(done.until - start) / DAY)
                yield done.totals

        totals = reduce(add, each(), RecountTotals())
        self.bar.update(task, completed=days)
        return totals


@contextmanager
def day_bars(span: Span) -> Iterator[DayBars]:
    """Bars on stderr that disappear at the end."""
    with progress_bar(TimeRemainingColumn(), transient=True) as bar:
        yield DayBars(bar, span)
