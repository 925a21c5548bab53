"""Reads a CSV file of cameras into lines and mistakes. Pure."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from infra.cli.camera.settings import COLUMNS


@dataclass(frozen=True)
class Line:
    """One camera of the file; `texts` maps the settings that the file has columns for to their texts."""

    number: int
    camera_id: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a line of the file; the first line is 1."""

    line: int
    sentence: str
    camera_id: str | None = None

    def __str__(self) -> str:
        camera = f"camera {self.camera_id!r}: " if self.camera_id else ""
        return f"line {self.line}: {camera}{self.sentence}"


def mistake_texts(mistakes: Iterable[Mistake]) -> list[str]:
    """The mistakes as sentences, in the order of the lines; lines with the same mistake share a sentence."""
    by_sentence: dict[str, list[Mistake]] = {}
    for mistake in sorted(mistakes, key=lambda mistake: mistake.line):
        by_sentence.setdefault(mistake.sentence, []).append(mistake)
    return [str(first) if not more else _of_lines([first, *more]) for first, *more in by_sentence.values()]


def _of_lines(mistakes: list[Mistake]) -> str:
    return f"lines {', '.join(str(mistake.line) for mistake in mistakes)}: {mistakes[0].sentence}"


def read_csv(text: str) -> tuple[list[Line], list[Mistake]]:
    """Read a file with a header of COLUMNS, separated by ',' or, as some spreadsheets do, by ';'.

    Empty lines and lines that begin with '#' are skipped.
    """
    records = list(_records(text))
    if not records:
        return [], [
            Mistake(1, f"the file is empty: name the columns in its first line, from {', '.join(COLUMNS)}")
        ]
    (number, header), *rows = records
    columns = [name.strip().lower() for name in header]
    mistakes = [Mistake(number, sentence) for sentence in _header_problems(columns)]
    if mistakes:
        return [], mistakes
    lines: list[Line] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if len(cells) != len(columns):
            mistakes.append(Mistake(number, _width_problem(len(cells), len(columns))))
            continue
        texts = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        camera_id = texts.pop("camera_id")
        if camera_id in seen:
            mistakes.append(Mistake(number, f"camera {camera_id!r} is already on line {seen[camera_id]}"))
            continue
        seen[camera_id] = number
        lines.append(Line(number, camera_id, texts))
    return lines, mistakes


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the first line and the cells of each record that is neither empty nor a comment."""
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    rows = csv.reader(text.splitlines(keepends=True), delimiter=";" if ";" in header else ",")
    number = 1
    for cells in rows:
        if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
            yield number, cells
        number = rows.line_num + 1


def _header_problems(columns: list[str]) -> Iterator[str]:
    if "camera_id" not in columns:
        yield "column 'camera_id' is missing"
    for name in dict.fromkeys(columns):
        if name not in COLUMNS:
            yield f"column {name!r} is unknown: use columns from {', '.join(COLUMNS)}"
        elif columns.count(name) > 1:
            yield f"column {name!r} appears twice"


def _width_problem(cells: int, columns: int) -> str:
    return (
        f'it has {cells} cells, the header has {columns}: put a cell that contains the separator in "quotes"'
    )
