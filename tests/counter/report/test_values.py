import json
from datetime import timedelta

from counter.analytics.figures import Kind, Subject
from counter.report.report import By
from counter.report.values import CSV_COLUMNS, csv_rows, json_report
from tests.counter.report.shops import MONDAY, of, report, weeks

SUNDAY = MONDAY + timedelta(days=6)


def test_json_has_every_figure_with_its_instants_and_its_sentence() -> None:
    dark = MONDAY + timedelta(days=1)
    found = json_report(report(of(weeks(1, dark)), MONDAY, SUNDAY, By.HOUR, ["a note"]))
    values = json.loads(json.dumps(found))
    assert (values["store_id"], values["from"], values["to"], values["by"]) == (
        "north", "2026-11-02", "2026-11-08", "hour",
    )  # fmt: skip
    assert values["subject"] == {"kind": "store", "name": "north", "camera_id": None}
    first, unknown = values["rows"][0], values["rows"][3]
    assert (first["start"], first["end"]) == ("2026-11-02T09:00:00+01:00", "2026-11-02T10:00:00+01:00")
    assert first["figures"]["mean"]["value"] == 2.0
    assert first["figures"]["mean"]["how_sure"].startswith("Nothing is missing")
    assert unknown["figures"]["mean"]["value"] is None
    assert unknown["figures"]["mean"]["reason"] == "nothing was counted"
    assert unknown["instants"] == {
        "due": 12, "counted": 0, "pending": 0, "gaps": {"no_media": 12}, "coverage": 0.0,
    }  # fmt: skip
    assert unknown["figures"]["peak"]["status"] == "unknown"
    assert values["notes"] == ["a note"]
    assert len(values["week"]["cells"]) == 14


def test_csv_has_a_line_for_each_row_and_nothing_where_nothing_is_known() -> None:
    dark = MONDAY + timedelta(days=1)
    rows = [
        dict(zip(CSV_COLUMNS, row, strict=True))
        for row in csv_rows(report(of(weeks(1, dark)), MONDAY, SUNDAY, By.HOUR))
    ]
    assert len(rows) == 14
    assert (rows[0]["mean"], rows[0]["status"], rows[0]["counted"], rows[0]["share"]) == (
        2.0,
        "known",
        12,
        None,
    )
    assert (rows[3]["mean"], rows[3]["status"], rows[3]["gaps"]) == (None, "unknown", "no_media 12")
    assert rows[3]["reason"] == "nothing was counted"


def test_a_camera_has_the_share_of_time_too() -> None:
    camera = Subject(Kind.CAMERA, "door")
    (row,) = csv_rows(report(of(weeks(1), camera), MONDAY, MONDAY))
    assert dict(zip(CSV_COLUMNS, row, strict=True))["share"] == 1.0


def test_weekdays_have_no_times() -> None:
    found = report(of(weeks(3)), MONDAY, MONDAY + timedelta(days=20), By.WEEKDAY)
    assert json_report(found)["rows"][0]["start"] is None
    assert next(csv_rows(found))[:3] == ("Mondays (3)", None, None)
