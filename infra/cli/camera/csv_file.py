"""The cameras of a shop as a CSV file: what each line says. Pure."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from infra.cli.camera.settings import COLUMNS


@dataclass(frozen=True)
class Line:
    """One camera of the file: setting -> text, for the columns that the file has."""

    number: int
    camera_id: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a line; the header is line 1."""

    line: int
    sentence: str
    camera_id: str | None = None

    def __str__(self) -> str:
        camera = f"camera {self.camera_id!r}: " if self.camera_id else ""
        return f"line {self.line}: {camera}{self.sentence}"


def mistake_texts(mistakes: Iterable[Mistake]) -> list[str]:
    """One sentence for each mistake, in the order of the lines; one for all lines that have the same."""
    same: dict[str, list[Mistake]] = {}
    for mistake in sorted(mistakes, key=lambda one: one.line):
        same.setdefault(mistake.sentence, []).append(mistake)
    return [str(first) if not more else _of_lines([first, *more]) for first, *more in same.values()]


def _of_lines(mistakes: list[Mistake]) -> str:
    return f"lines {', '.join(str(one.line) for one in mistakes)}: {mistakes[0].sentence}"


def read_csv(text: str) -> tuple[list[Line], list[Mistake]]:
    """Read a file with a header of COLUMNS, separated by ',' or, as some spreadsheets do, by ';'.

    Empty lines and those that begin with '#' are passed over.
    """
    records = list(_records(text))
    if not records:
        return [], [
            Mistake(1, f"the file is empty: its first line names the columns, of {', '.join(COLUMNS)}")
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
            mistakes.append(Mistake(number, f"camera {camera_id!r} is on line {seen[camera_id]} already"))
            continue
        seen[camera_id] = number
        lines.append(Line(number, camera_id, texts))
    return lines, mistakes


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line, and cells, of each record that says something."""
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    rows = csv.reader(text.splitlines(keepends=True), delimiter=";" if ";" in header else ",")
    number = 1
    for cells in rows:
        if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
            yield number, cells
        number = rows.line_num + 1


def _header_problems(columns: list[str]) -> Iterator[str]:
    if "camera_id" not in columns:
        yield "there is no column 'camera_id'"
    for name in dict.fromkeys(columns):
        if name not in COLUMNS:
            yield f"column {name!r} is unknown: use some of {', '.join(COLUMNS)}"
        elif columns.count(name) > 1:
            yield f"column {name!r} is there twice"


def _width_problem(cells: int, columns: int) -> str:
    return f'it has {cells} cells, the header has {columns}: put a cell that holds the separator in "quotes"'
