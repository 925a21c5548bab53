"""A report on the terminal: figures, a table with a bar for each row, and how sure they are. Pure."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from counter.analytics.figures import Figure, Knowledge
from counter.report.page import counted_sentence, hours_sentences
from counter.report.report import Report, ReportRow
from counter.report.words import (
    certainty_words,
    coverage_words,
    gap_codes,
    interval_words,
    measure_name,
    status_words,
    value_words,
)
from infra.cli.terminal.tables import fitting_columns, new_table

BAR = 16
"""The width of the longest bar."""
_EIGHTHS = " ▏▎▍▌▋▊▉"
_STYLES = {
    Knowledge.UNKNOWN: "yellow",
    Knowledge.PENDING: "dim",
    Knowledge.CLOSED: "dim",
    Knowledge.KNOWN: "",
}
_RIGHT = {"people", "95 %", "counted", "note"}
_DROPPED = ("gaps", "counted", "bar")
_FOLDED = {"gaps": 20}
"""Columns whose text may wrap, and the width beyond which it does."""


def report_lines(report: Report, width: int) -> list[object]:
    """Everything that the command prints, for `say`."""
    notes = _Notes()
    name = f"{report.store_name}: " if report.store_name else ""
    title = f"{name}{report.title} ({report.time_zone})"
    parts: list[object] = [title, "", totals_table(report, notes), ""]
    parts.append(counted_sentence(report.total.instants))
    parts += hours_sentences(report)
    if report.rows:
        parts += ["", rows_table(report, width, notes)]
    parts += ["", *notes.lines(), *report.notes]
    return parts


def totals_table(report: Report, notes: "_Notes") -> Table:
    """Each measure of the whole span."""
    table = new_table()
    table.add_column("whole span", no_wrap=True)
    for name in ("value", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("status", overflow="fold")
    table.add_column("note", justify="right")
    for measure, figure in report.total.values.items():
        table.add_row(
            measure_name(measure, report.question.subject.kind),
            value_words(figure, measure),
            interval_words(figure, measure),
            figure.status.value,
            notes.number(figure),
            style=_STYLES[figure.status],
        )
    return table


def rows_table(report: Report, width: int, notes: "_Notes") -> Table:
    """A line for each row, with the columns that fit into `width`."""
    most = max((row.mean.value or 0.0 for row in report.rows), default=0.0)
    by = report.question.by.value
    rows = [_cells(row, by, most, notes) for row in report.rows]
    names = [by, "bar", "people", "95 %", "counted", "gaps", "status", "note"]
    names = [name for name in names if name in {by, "people"} or any(row[name] for row in rows)]
    widths = {name: max(map(len, [name, *(row[name] for row in rows)])) for name in names}
    widths |= {name: min(widths[name], most) for name, most in _FOLDED.items() if name in widths}
    table = new_table()
    shown = fitting_columns(widths, _DROPPED, width)
    for name in shown:
        table.add_column(
            "" if name == "bar" else name,
            justify="right" if name in _RIGHT else "left",
            no_wrap=name not in {"gaps", "status"},
            overflow="fold",
        )
    for row, cells in zip(report.rows, rows, strict=True):
        table.add_row(*(cells[name] for name in shown), style=_STYLES[row.mean.status])
    return table


def bar(share: float) -> str:
    """A bar of block characters, as long as `share` of BAR; what is not nothing shows."""
    eighths = min(max(round(share * BAR * 8), 1 if share > 0 else 0), BAR * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _cells(row: ReportRow, by: str, most: float, notes: "_Notes") -> Mapping[str, str]:
    mean = row.mean
    remark = f" ({row.remark})" if row.remark else ""
    return {
        by: row.label + remark,
        "bar": bar(mean.value / most) if mean.value is not None and most else "",
        "people": value_words(mean) if mean.value is not None else "",
        "95 %": interval_words(mean),
        "counted": coverage_words(row.instants),
        "gaps": gap_codes(row.instants),
        "status": mean.status.value,
        "note": notes.number(mean),
    }


class _Notes:
    """The different sentences on how sure figures are, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, figure: Figure) -> str:
        """The number of the sentence on a figure; nothing for a closed span."""
        sentence = status_sentence(figure)
        return f"[{self._numbers.setdefault(sentence, len(self._numbers) + 1)}]" if sentence else ""

    def lines(self) -> Sequence[str]:
        """All sentences with their numbers."""
        return [f"[{number}] {sentence}" for sentence, number in self._numbers.items()]


def status_sentence(figure: Figure) -> str:
    """How sure a known figure is, or why another one is not known."""
    if figure.basis is not None or figure.status is Knowledge.CLOSED:
        return certainty_words(figure)
    words = status_words(figure)
    return f"{words[:1].upper()}{words[1:]}."
