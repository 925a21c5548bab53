"""The formats of an export: CSV, JSON Lines and Parquet, each written part by part."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from infra.cli.counts.output import csv_text
from infra.cli.export.columns import Column, ColumnKind, Record, map_text, text_of
from ingest.errors import OccupancyError
from ingest.times import to_text

UNSAFE = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins with one of these for a formula."""


class ExportFormat(StrEnum):
    """The format of the file."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class ParquetMissing(OccupancyError):
    """The library that writes Parquet is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "--format parquet needs the library pyarrow, which is not installed: run `pip install"
            " '.[parquet]'` in the repository, or take --format csv or jsonl"
        )


class RecordWriter(Protocol):
    """Writes records to a file; `close` writes what the format has at its end."""

    def write(self, records: Sequence[Record]) -> None:
        """Write some records."""

    def close(self) -> None:
        """Write the end of the file."""


class CsvWriter:
    """CSV in UTF-8 with a header; texts that a spreadsheet would take for a formula begin with `'`."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        self._file = file
        self._lines([[column.name for column in columns]])

    def write(self, records: Sequence[Record]) -> None:
        """Write some records."""
        self._lines([_safe(text_of(value)) for value in record] for record in records)

    def close(self) -> None:
        """CSV has no end."""

    def _lines(self, rows: Iterable[Sequence[Any]]) -> None:
        self._file.write(csv_text(rows).encode())


class JsonLinesWriter:
    """An object on each line, with all columns in their order."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        self._file = file
        self._names = [column.name for column in columns]

    def write(self, records: Sequence[Record]) -> None:
        """Write some records."""
        for record in records:
            values = dict(zip(self._names, record, strict=True))
            self._file.write(json.dumps(values, separators=(",", ":"), default=to_text).encode() + b"\n")

    def close(self) -> None:
        """JSON Lines have no end."""


class ParquetWriter:
    """Parquet, a row group for each part; maps are JSON texts. Raises ParquetMissing."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column]) -> None:
        self._arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
        types = {
            ColumnKind.TIME: self._arrow.timestamp("ms", tz="UTC"),
            ColumnKind.TEXT: self._arrow.string(),
            ColumnKind.INTEGER: self._arrow.int64(),
            ColumnKind.NUMBER: self._arrow.float64(),
            ColumnKind.MAP: self._arrow.string(),
        }
        self._columns = columns
        self._schema = self._arrow.schema([(column.name, types[column.kind]) for column in columns])
        self._writer = parquet.ParquetWriter(file, self._schema)

    def write(self, records: Sequence[Record]) -> None:
        """Write some records."""
        values = zip(*records, strict=True) if records else ((),) * len(self._columns)
        arrays = [
            self._arrow.array([_parquet(value, column) for value in cells], type=field.type)
            for column, field, cells in zip(self._columns, self._schema, values, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


_WRITERS: Mapping[ExportFormat, Callable[[BinaryIO, Sequence[Column]], RecordWriter]] = {
    ExportFormat.CSV: CsvWriter,
    ExportFormat.JSONL: JsonLinesWriter,
    ExportFormat.PARQUET: ParquetWriter,
}


def writer_of(form: ExportFormat, file: BinaryIO, columns: Sequence[Column]) -> RecordWriter:
    """A writer of the format. Raises ParquetMissing."""
    return _WRITERS[form](file, columns)


def require(form: ExportFormat) -> None:
    """Raise ParquetMissing before anything is read."""
    if form is ExportFormat.PARQUET:
        _arrow("pyarrow.parquet")


def _arrow(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ParquetMissing from error


def _parquet(value: Any, column: Column) -> Any:
    return map_text(value) if column.kind is ColumnKind.MAP and value is not None else value


def _safe(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # The CSV module does not quote a carriage return, and some readers take it for the end of a line.
    text = value.replace("\r", " ")
    return f"'{text}" if value.startswith(UNSAFE) else text
