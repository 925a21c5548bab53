"""The demo on the terminal: a live table, or plain lines if the output is not a terminal."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infra.local.demo.score import percentile
from infra.local.demo.snapshot import Snapshot

LINE_EVERY = 5.0  # s between two plain lines
LATEST = 3  # warnings below the live table


@dataclass
class Screen:
    """Shows snapshots inside a `with`: redraws the table on a terminal, adds a line elsewhere."""

    console: Console
    monotonic: Callable[[], float] = time.monotonic
    _live: Live | None = None
    counted: bool = False
    """Whether a row was ever shown."""
    _shown: tuple[str, float] = field(default=("", 0.0))
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

    def show(self, snapshot: Snapshot) -> None:
        """Redraw, or add a line: whenever the demo's step changes, and every few seconds."""
        self.counted = self.counted or any(score.rows for score in snapshot.scores)
        if self._live:
            self._live.update(picture(snapshot))
            return
        for sentence in dict.fromkeys(snapshot.warnings):
            if sentence not in self._warned:
                self._warned.add(sentence)
                self.console.print(f"warning: {sentence}")
        what, when = self._shown
        if snapshot.what != what or self.monotonic() - when >= LINE_EVERY:
            self._shown = (snapshot.what, self.monotonic())
            self.console.print(line(snapshot))


def picture(snapshot: Snapshot) -> RenderableType:
    """The table of the cameras, a line for all of them, and the latest warnings."""
    # Ctrl-C is echoed on the last line: it must not wrap, or part of the table stays on the screen.
    if not snapshot.scores:
        return Group(Text(f"{snapshot.what} ..."), Text())
    latest = list(dict.fromkeys(reversed(snapshot.warnings)))[:LATEST]
    shared = Text(f"{snapshot.what}: {_shared(snapshot)}")
    return Group(_table(snapshot), shared, *_warnings(reversed(latest)), Text())


def summary(snapshot: Snapshot) -> RenderableType:
    """The last table, the totals and the verdict."""
    verdicts = [Text(f"broken: {sentence}", style="bold red") for sentence in snapshot.broken]
    good = Text(
        "Every due instant has its row, every roll-up and day file equals its rows, and no frame is left.",
        style="green",
    )
    compared = [Text(snapshot.compared)] if snapshot.compared else []
    warnings = _warnings(dict.fromkeys(snapshot.warnings))
    return Group(_table(snapshot), Text(_totals(snapshot)), *compared, *warnings, *(verdicts or [good]))


def line(snapshot: Snapshot) -> str:
    """The whole snapshot in one line."""
    if not snapshot.scores:
        return f"{snapshot.what} ..."
    cameras = "; ".join(
        f"{score.camera_id} {_number(score.last)} (true {_number(score.last_true)}), {score.rows} rows"
        for score in snapshot.scores
    )
    return f"{snapshot.what}: {cameras}; {_shared(snapshot)}"


def _warnings(sentences: Iterable[str]) -> list[Text]:
    return [Text(f"warning: {sentence}", style="yellow") for sentence in sentences]


def _table(snapshot: Snapshot) -> Table:
    table = Table()
    table.add_column("camera")
    table.add_column("mode")
    for name in ("count", "true", "rows", "equal", "roll-ups"):
        table.add_column(name, justify="right")
    table.add_column("gaps")
    for score in snapshot.scores:
        gaps = ", ".join(f"{number} {reason.value}" for reason, number in score.gaps.items())
        table.add_row(
            score.camera_id,
            snapshot.modes.get(score.camera_id, ""),
            _number(score.last),
            _number(score.last_true),
            str(score.rows),
            _equal(score.equal, score.compared),
            str(score.roll_ups),
            gaps or "none",
        )
    return table


def _shared(snapshot: Snapshot) -> str:
    waiting = snapshot.waiting
    return (
        f"{_freshness(snapshot)}; waiting: {waiting.frames} messages, {waiting.in_bucket} frames;"
        f" dead letters: {waiting.dead_letters}"
    )


def _totals(snapshot: Snapshot) -> str:
    rows = sum(score.rows for score in snapshot.scores)
    counted = sum(score.counted for score in snapshot.scores)
    equal = sum(score.equal for score in snapshot.scores)
    compared = sum(score.compared for score in snapshot.scores)
    coverage = f"{counted / rows:.1%}" if rows else "nothing"
    return (
        f"{rows} rows, coverage {coverage}, {_equal(equal, compared)} counts equal to the truth;"
        f" {_shared(snapshot)}"
    )


def _freshness(snapshot: Snapshot) -> str:
    half, most = percentile(snapshot.freshness, 0.5), percentile(snapshot.freshness, 0.95)
    if half is None or most is None:
        return "instant to row: -"
    return f"instant to row: p50 {half.total_seconds():.1f} s, p95 {most.total_seconds():.1f} s"


def _equal(equal: int, compared: int) -> str:
    return f"{equal} of {compared} ({equal / compared:.0%})" if compared else "-"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)
