"""A report as one HTML page without scripts and without anything to load: charts, the week, tables. Pure."""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from counter.analytics.figures import Instants
from counter.report.charts import ChartPoint, chart
from counter.report.report import MONTHS, By, Report, ReportRow
from counter.report.tables import grid_table, row_id, rows_table, total_table
from counter.report.words import (
    certainty_words,
    coverage_words,
    gap_sentence,
    interval_words,
    status_words,
    value_words,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_KEY = (
    '<p class="quiet">People on average, below it the 95 % interval. Darker: more people.'
    ' <span class="unknown-key">?</span> is not known yet, or unknown; empty is closed.'
)
_AFTER_MIDNIGHT = " Hours with +1 are after midnight, on the next day of the calendar."


def page(report: Report) -> str:
    """The whole page; every name is escaped."""
    title, parts = escape(report.title), "\n".join(_parts(report))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        f"<main>\n{parts}\n</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def _parts(report: Report) -> Iterator[str]:
    yield f"<h1>{escape(report.store_name or report.title)}</h1>"
    if report.store_name:
        yield f"<p>{escape(report.title)}</p>"
    yield from _lead(report)
    if report.grid.cells:
        yield f"<h2>{_week_name(report)}</h2>"
        yield _scrolled(grid_table(report.grid), _week_name(report))
        yield f"{_KEY}{_AFTER_MIDNIGHT if max(report.grid.hours) >= 24 else ''}</p>"
    if report.rows:
        yield f"<h2>By {report.question.by}</h2>"
        yield chart(
            chart_points(report.rows, report.question.by), f"People on average by {report.question.by}"
        )
        yield _scrolled(rows_table(report), f"Every figure by {report.question.by}")
    yield "<h2>The whole span</h2>"
    yield _scrolled(total_table(report), "Every figure of the whole span")
    yield (
        f'<p class="quiet">Made {report.made:%Y-%m-%d %H:%M} in {escape(report.time_zone)}.'
        " Counts of still frames; a figure is of the people that the cameras see and recognise.</p>"
    )


def _lead(report: Report) -> Iterator[str]:
    mean = report.total.mean
    interval = interval_words(mean)
    between = f" (95 % interval {escape(interval)})" if interval else ""
    if mean.value is None:
        yield f'<p class="lead">People on average: {escape(status_words(mean))}.</p>'
    else:
        yield f'<p class="lead"><strong>{escape(value_words(mean))}</strong> people on average{between}</p>'
    sentences = certainty_words(mean), counted_sentence(report.total.instants)
    yield f"<p>{escape(' '.join(filter(None, sentences)))}</p>"
    yield from (f"<p>{escape(line)}</p>" for line in hours_sentences(report))
    yield from (f'<p class="quiet">{escape(note)}</p>' for note in report.notes)


def counted_sentence(instants: Instants) -> str:
    """How much was counted, and why the rest was not."""
    if not instants.due:
        return "Nothing was due."
    parts = [f"{instants.counted:,} of {instants.due:,} instants were counted"]
    if coverage := coverage_words(instants):
        parts[0] += f" ({coverage} of those that are closed)" if instants.pending else f" ({coverage})"
    if gaps := gap_sentence(instants):
        parts.append(f"gaps: {gaps}")
    if instants.pending:
        parts.append(f"{instants.pending:,} pending")
    return "; ".join(parts) + "."


def hours_sentences(report: Report) -> Iterator[str]:
    """The hours that stand out."""
    if report.high:
        yield f"Busiest: {', '.join(report.high)}."
    if report.low:
        yield f"Quietest: {', '.join(report.low)}."
    if report.grid.cells and not (report.high or report.low):
        yield "No hour stands out from the others."


def chart_points(rows: Sequence[ReportRow], by: By) -> list[ChartPoint]:
    """The mean of each row as a point of a chart."""
    return [
        ChartPoint(
            _tick(row, by),
            f"{row.label}: {' '.join(filter(None, (value_words(row.mean), interval_words(row.mean))))}",
            row_id(place),
            row.mean.value,
            row.mean.low,
            row.mean.high,
        )
        for place, row in enumerate(rows)
    ]


def _tick(row: ReportRow, by: By) -> str:
    if row.start is None:
        return row.label[:3]
    day = f"{row.start.day} {MONTHS[row.start.month - 1]}"
    return day if by is By.DAY else f"{day} {row.start:%H:%M}"


def _week_name(report: Report) -> str:
    return "The usual week" if report.grid.usual else "Hour by hour"


def _scrolled(table: str, name: str) -> str:
    """A wide table scrolls in its own region, which a keyboard reaches."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">{table}</div>'
