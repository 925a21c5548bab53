"""Tables of a report as HTML: every figure of a row, and the week with coloured cells. Pure."""

from collections.abc import Iterator
from html import escape

from counter.analytics.figures import Figure, Knowledge, Measure
from counter.report.colours import cell_colours
from counter.report.report import Report, ReportRow, WeekGrid
from counter.report.words import (
    certainty_words,
    coverage_words,
    gap_sentence,
    interval_words,
    measure_name,
    number,
    status_words,
    value_words,
)


def total_table(report: Report) -> str:
    """Each measure of the whole span, with its interval and the sentence on it."""
    rows = "".join(
        f'<tr><th scope="row">{escape(measure_name(measure, report.question.subject.kind))}</th>'
        f'<td class="n">{escape(value_words(figure, measure))}</td>'
        f'<td class="n">{escape(interval_words(figure, measure))}</td>'
        f"<td>{escape(status_words(figure))}</td><td>{escape(certainty_words(figure))}</td></tr>"
        for measure, figure in report.total.values.items()
    )
    head = _head(("figure", "value", "95 % interval", "status", "how sure"))
    return f"<table>{head}<tbody>{rows}</tbody></table>"


def rows_table(report: Report) -> str:
    """A line for each row: the mean in full, the other measures with their intervals."""
    kind = report.question.subject.kind
    others: list[Measure] = [measure for measure in _measures(report) if measure is not Measure.MEAN]
    head = _head(
        (
            report.question.by.value,
            *("people on average", "95 % interval", "counted", "gaps", "status"),
            *(measure_name(measure, kind) for measure in others),
            "how sure",
        )
    )
    body = "".join(_row(place, row, others) for place, row in enumerate(report.rows))
    return f'<table class="rows">{head}<tbody>{body}</tbody></table>'


def row_id(place: int) -> str:
    """The id of a row, which a chart's bar links to."""
    return f"row-{place}"


def grid_table(grid: WeekGrid) -> str:
    """The week: a row for each day, a column for each hour; darker cells hold more people."""
    values = [figure.value for figure in grid.cells.values() if figure.value is not None]
    most = max(values, default=0.0)
    hours = "".join(f'<th scope="col">{_hour(hour)}</th>' for hour in grid.hours)
    body = "".join(
        f'<tr><th scope="row">{escape(row)}</th>'
        + "".join(
            _cell(grid.cells.get((row, hour)), grid.names.get((row, hour), ""), most) for hour in grid.hours
        )
        + "</tr>"
        for row in grid.rows
    )
    return f'<table class="week"><thead><tr><td></td>{hours}</tr></thead><tbody>{body}</tbody></table>'


def _measures(report: Report) -> list[Measure]:
    found = {measure for row in report.rows for measure in row.values}
    return [measure for measure in Measure if measure in found]


def _head(names: tuple[str, ...]) -> str:
    return "<thead><tr>" + "".join(f'<th scope="col">{escape(name)}</th>' for name in names) + "</tr></thead>"


def _row(place: int, row: ReportRow, others: list[Measure]) -> str:
    mean = row.mean
    remark = f" <small>{escape(row.remark)}</small>" if row.remark else ""
    cells = [
        f'<th scope="row">{escape(row.label)}{remark}</th>',
        f'<td class="n">{escape(value_words(mean))}</td>',
        f'<td class="n">{escape(interval_words(mean))}</td>',
        f'<td class="n">{escape(coverage_words(row.instants))}</td>',
        f"<td>{escape(gap_sentence(row.instants))}</td>",
        f"<td>{escape(status_words(mean))}</td>",
        *_other_cells(row, others),
        f"<td>{escape(certainty_words(mean))}</td>",
    ]
    return f'<tr id="{row_id(place)}" class="{mean.status}">{"".join(cells)}</tr>'


def _other_cells(row: ReportRow, others: list[Measure]) -> Iterator[str]:
    for measure in others:
        figure = row.values.get(measure)
        if figure is None:
            yield "<td></td>"
            continue
        interval = interval_words(figure, measure)
        small = f" <small>{escape(interval)}</small>" if interval else ""
        yield f'<td class="n">{escape(value_words(figure, measure))}{small}</td>'


def _hour(hour: int) -> str:
    return f"{hour % 24:02}{'<small>+1</small>' if hour >= 24 else ''}"


def _cell(figure: Figure | None, name: str, most: float) -> str:
    if figure is None or figure.status is Knowledge.CLOSED:
        return '<td class="closed"></td>'
    if figure.value is None:
        text = status_words(figure)
        return f'<td class="unknown" title="{escape(f"{name}: {text}")}"><span>?</span></td>'
    colours = cell_colours(figure.value / most if most else 0.0)
    style = f"background:{colours.ground};color:{colours.text}"
    text = f"{number(figure.value)}<small>{escape(interval_words(figure))}</small>"
    return f'<td style="{style}" title="{escape(f"{name}: {certainty_words(figure)}")}">{text}</td>'
