"""What a file looks like in each format; test_docs.py compares the columns with the page."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Box, Person, Row
from infra.cli.export import formats
from infra.cli.export.columns import QUARTER_COLUMNS, ROW_COLUMNS, Column, ColumnKind, Record, row_record
from infra.cli.export.formats import ExportFormat, ParquetMissing, require, writer_of
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.times import from_text

NOON = from_text("2026-11-22T13:00:00Z")
BERLIN = ZoneInfo("Europe/Berlin")
GAP = gap_row(Camera("till", "north", NOON), NOON, GapReason.NO_MEDIA, timedelta(days=400))
COUNTED = replace(
    GAP,
    reason=None,
    count=2,
    zones={"queue": 1},
    people=(Person(99.5, Box(0.1, 0.2, 0.3, 0.4)), Person(60, Box(0, 0, 1, 1))),
    frame_time=NOON - timedelta(seconds=2),
    detector="rekognition",
    floor=50.0,
    feet=(65, 700),
    rule="a1b2",
)


def written(form: ExportFormat, *parts: list[Record], columns: tuple[Column, ...] = ROW_COLUMNS) -> bytes:
    file = io.BytesIO()
    writer = writer_of(form, file, columns)
    for part in parts:
        writer.write(part)
    writer.close()
    return file.getvalue()


def record(row: Row) -> Record:
    return row_record(row, BERLIN)


def test_csv_has_a_header_times_in_both_zones_and_json_in_cells() -> None:
    text = written(ExportFormat.CSV, [record(COUNTED)], [record(GAP)]).decode()
    counted, gap = csv.DictReader(io.StringIO(text))
    assert counted == {
        "time": "2026-11-22T13:00:00.000Z",
        "local_time": "2026-11-22T14:00:00.000+01:00",
        "store": "north",
        "camera": "till",
        "area": "till",
        "status": "counted",
        "count": "2",
        "reason": "",
        "sample_every": "300",
        "source": "kvs",
        "frame_time": "2026-11-22T12:59:58.000Z",
        "detector": "rekognition",
        "floor": "50.0",
        "rule": "a1b2",
        "zones": '{"queue":1}',
        "feet": "[65,700]",
        "people": "[[99.5,0.1,0.2,0.3,0.4],[60,0,0,1,1]]",
    }
    assert (gap["status"], gap["reason"], gap["count"], gap["people"]) == ("gap", "no_media", "", "")


def test_json_lines_have_the_columns_in_order_and_null_for_what_is_missing() -> None:
    lines = written(ExportFormat.JSONL, [record(COUNTED), record(GAP)]).splitlines()
    counted, gap = map(json.loads, lines)
    assert tuple(counted) == tuple(column.name for column in ROW_COLUMNS)
    assert counted["people"] == [[99.5, 0.1, 0.2, 0.3, 0.4], [60, 0, 0, 1, 1]]
    assert counted["time"] == "2026-11-22T13:00:00.000Z"
    assert (gap["count"], gap["zones"]) == (None, None)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(text: str) -> None:
    columns = (Column("name", ColumnKind.TEXT), Column("number", ColumnKind.INTEGER))
    file = written(ExportFormat.CSV, [[text, -1]], columns=columns).decode()
    (row,) = csv.DictReader(io.StringIO(file, newline=""))
    assert row == {"name": f"'{text}".replace("\r", " "), "number": "-1"}, "a number stays one"


@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.JSONL])
def test_an_empty_export_is_a_file(form: ExportFormat) -> None:
    assert written(form).count(b"\n") == (form is ExportFormat.CSV)


def test_without_pyarrow_one_sentence_says_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(formats, "import_module", missing)
    with pytest.raises(ParquetMissing) as refused:
        require(ExportFormat.PARQUET)
    assert str(refused.value) == (
        "--format parquet needs the library pyarrow, which is not installed: run `pip install '.[parquet]'`"
        " in the repository, or take --format csv or jsonl"
    )
    require(ExportFormat.CSV)


@pytest.mark.system
def test_parquet_has_typed_columns_and_a_row_group_for_each_part() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = parquet.ParquetFile(io.BytesIO(written(ExportFormat.PARQUET, [record(COUNTED)], [record(GAP)])))
    assert found.num_row_groups == 2
    counted, gap = found.read().to_pylist()
    assert counted["time"] == datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
    assert (counted["count"], counted["floor"], counted["zones"]) == (2, 50.0, '{"queue":1}')
    assert (gap["count"], gap["reason"], gap["people"]) == (None, "no_media", None)
    assert found.schema_arrow.names == [column.name for column in ROW_COLUMNS]


@pytest.mark.system
def test_an_empty_parquet_file_has_its_columns() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = written(ExportFormat.PARQUET, columns=QUARTER_COLUMNS)
    assert parquet.read_schema(io.BytesIO(file)).names == [column.name for column in QUARTER_COLUMNS]
