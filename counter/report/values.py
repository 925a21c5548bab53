"""A report as values for JSON and as lines for CSV; times are local, with their offset. Pure."""

from collections.abc import Iterator
from typing import Any

from counter.analytics.figures import Figure, Instants, Measure
from counter.report.report import Report, ReportRow
from counter.report.words import certainty_words, gap_codes

_MEASURES = tuple(Measure)
CSV_COLUMNS = (
    "label", "start", "end", "status", "mean", "low", "high", "coverage", "due", "counted", "pending", "gaps",
    *(f"{measure}{part}" for measure in _MEASURES[1:] for part in ("", "_low", "_high")),
    "reason", "how_sure",
)  # fmt: skip


def json_report(report: Report) -> dict[str, Any]:
    """The whole report."""
    question = report.question
    return {
        "store_id": report.store_id,
        "subject": {
            "kind": question.subject.kind.value,
            "name": question.subject.name or report.store_id,
            "camera_id": question.subject.camera_id or None,
        },
        "time_zone": report.time_zone,
        "from": str(question.first),
        "to": str(question.last),
        "by": question.by.value,
        "made": report.made.isoformat(timespec="seconds"),
        "total": _row(report.total),
        "rows": [_row(row) for row in report.rows],
        "week": {
            "usual": report.grid.usual,
            "cells": [
                {
                    "label": report.grid.names[day, hour],
                    "trading_day": day,
                    "hour": hour % 24,
                    "mean": _figure(figure),
                }
                for (day, hour), figure in report.grid.cells.items()
            ],
        },
        "high": list(report.high),
        "low": list(report.low),
        "notes": list(report.notes),
    }


def csv_rows(report: Report) -> Iterator[tuple[object, ...]]:
    """The cells of CSV_COLUMNS of each row; what does not apply is empty."""
    for row in report.rows:
        mean = row.mean
        yield (
            row.label,
            row.start.isoformat() if row.start else None,
            row.end.isoformat() if row.end else None,
            mean.status.value,
            *_bounds(mean),
            _rounded(row.instants.coverage),
            *(row.instants.due, row.instants.counted, row.instants.pending),
            gap_codes(row.instants),
            *(bound for measure in _MEASURES[1:] for bound in _bounds(row.values.get(measure))),
            mean.reason,
            certainty_words(mean),
        )


def _row(row: ReportRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "start": row.start.isoformat() if row.start else None,
        "end": row.end.isoformat() if row.end else None,
        "remark": row.remark or None,
        "instants": _instants(row.instants),
        "figures": {measure.value: _figure(figure) for measure, figure in row.values.items()},
    }


def _instants(instants: Instants) -> dict[str, Any]:
    return {
        "due": instants.due,
        "counted": instants.counted,
        "pending": instants.pending,
        "gaps": dict(instants.gaps),
        "coverage": _rounded(instants.coverage),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "status": figure.status.value,
        "value": _rounded(figure.value),
        "low": _rounded(figure.low),
        "high": _rounded(figure.high),
        "at_least": figure.at_least,
        "reason": figure.reason or None,
        "how_sure": certainty_words(figure) or None,
    }


def _bounds(figure: Figure | None) -> tuple[float | None, ...]:
    if figure is None:
        return None, None, None
    return _rounded(figure.value), _rounded(figure.low), _rounded(figure.high)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
