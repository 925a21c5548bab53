"""The demo on the terminal: a live table, or plain lines where nobody watches."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infra.local.demo.run import Standing
from infra.local.demo.score import percentile

LINE_EVERY = 5.0  # s between two plain lines
LATEST = 3  # warnings below the live table


@dataclass
class Screen:
    """Shows a standing inside a `with`. On a terminal the table is redrawn, elsewhere a line is added."""

    console: Console
    monotonic: Callable[[], float] = time.monotonic
    _live: Live | None = None
    counted: bool = False
    """Whether a row was ever shown."""
    _said: tuple[str, float] = field(default=("", 0.0))
    _warned: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(
                console=self.console, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, standing: Standing) -> None:
        """Redraw, or say a line: at each change of what is done and every few seconds."""
        self.counted = self.counted or any(score.rows for score in standing.scores)
        if self._live:
            self._live.update(picture(standing))
            return
        for sentence in dict.fromkeys(standing.warnings):
            if sentence not in self._warned:
                self._warned.add(sentence)
                self.console.print(f"warning: {sentence}")
        what, when = self._said
        if standing.what != what or self.monotonic() - when >= LINE_EVERY:
            self._said = (standing.what, self.monotonic())
            self.console.print(line(standing))


def picture(standing: Standing) -> RenderableType:
    """The table of the cameras, a line for what they share, and the latest warnings."""
    # Ctrl-C's echo goes to the last line: it must not wrap, or the table is not wholly erased.
    if not standing.scores:
        return Group(Text(f"{standing.what} ..."), Text())
    latest = list(dict.fromkeys(reversed(standing.warnings)))[:LATEST]
    shared = Text(f"{standing.what}: {_shared(standing)}")
    return Group(_table(standing), shared, *_warnings(reversed(latest)), Text())


def summary(standing: Standing) -> RenderableType:
    """What the demo ends with."""
    verdicts = [Text(f"broken: {sentence}", style="bold red") for sentence in standing.broken]
    good = Text("Every due instant has its row, every roll-up its rows; no frame is left.", style="green")
    warnings = _warnings(dict.fromkeys(standing.warnings))
    return Group(_table(standing), Text(_totals(standing)), *warnings, *(verdicts or [good]))


def line(standing: Standing) -> str:
    """All of it in one line."""
    if not standing.scores:
        return f"{standing.what} ..."
    cameras = "; ".join(
        f"{score.camera_id} {_number(score.last)} (true {_number(score.last_true)}), {score.rows} rows"
        for score in standing.scores
    )
    return f"{standing.what}: {cameras}; {_shared(standing)}"


def _warnings(sentences: Iterable[str]) -> list[Text]:
    return [Text(f"warning: {sentence}", style="yellow") for sentence in sentences]


def _table(standing: Standing) -> Table:
    table = Table()
    table.add_column("camera")
    table.add_column("way")
    for name in ("count", "true", "rows", "equal", "roll-ups"):
        table.add_column(name, justify="right")
    table.add_column("gaps")
    for score in standing.scores:
        gaps = ", ".join(f"{number} {reason.value}" for reason, number in score.gaps.items())
        table.add_row(
            score.camera_id,
            standing.ways.get(score.camera_id, ""),
            _number(score.last),
            _number(score.last_true),
            str(score.rows),
            _equal(score.equal, score.compared),
            str(score.roll_ups),
            gaps or "none",
        )
    return table


def _shared(standing: Standing) -> str:
    waiting = standing.waiting
    return (
        f"{_freshness(standing)}; waiting: {waiting.frames} messages, {waiting.in_bucket} frames;"
        f" dead letters: {waiting.dead_letters}"
    )


def _totals(standing: Standing) -> str:
    rows = sum(score.rows for score in standing.scores)
    counted = sum(score.counted for score in standing.scores)
    equal = sum(score.equal for score in standing.scores)
    compared = sum(score.compared for score in standing.scores)
    coverage = f"{counted / rows:.1%}" if rows else "nothing"
    return (
        f"{rows} rows, coverage {coverage}, {_equal(equal, compared)} counts equal to the truth;"
        f" {_shared(standing)}"
    )


def _freshness(standing: Standing) -> str:
    half, most = percentile(standing.freshness, 0.5), percentile(standing.freshness, 0.95)
    if half is None or most is None:
        return "instant to row: -"
    return f"instant to row: p50 {half.total_seconds():.1f} s, p95 {most.total_seconds():.1f} s"


def _equal(equal: int, compared: int) -> str:
    return f"{equal} of {compared} ({equal / compared:.0%})" if compared else "-"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)
