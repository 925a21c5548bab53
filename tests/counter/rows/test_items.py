from dataclasses import replace

import pytest

from counter.rows.items import quarter_from_item, quarter_to_item, row_from_item, row_to_item
from counter.rows.occupancy import Row, roll_up
from tests.counter.rows.sample_rows import COUNTED, EMPTY, GAP, NOT_LOCALISED, QUARTER


@pytest.mark.parametrize(
    "row", [COUNTED, GAP, EMPTY, NOT_LOCALISED], ids=["counted", "gap", "empty", "not localised"]
)
def test_a_row_comes_back_as_it_was(row: Row) -> None:
    assert row_from_item(row_to_item(row)) == row


@pytest.mark.parametrize("rows", [[COUNTED], [GAP], [EMPTY]], ids=["counted", "gap", "empty"])
def test_a_roll_up_comes_back_as_it_was(rows: list[Row]) -> None:
    quarter = roll_up("till-1", QUARTER, rows)
    assert quarter is not None
    assert quarter_from_item(quarter_to_item(quarter)) == quarter


def test_the_attributes_of_a_row() -> None:
    assert row_to_item(COUNTED) == {
        "CameraId": {"S": "till-1"},
        "TimeStamp": {"S": "2026-11-22T14:05:00.000Z"},
        "Customer_Number": {"N": "1"},
        "StoreId": {"S": "north"},
        "Area": {"S": "tills"},
        "SampleEvery": {"N": "300"},
        "Zones": {"M": {"entry": {"N": "1"}, "shelf": {"N": "0"}}},
        "People": {
            "L": [
                {
                    "M": {
                        "Confidence": {"N": "99.5"},
                        "Box": {
                            "M": {
                                "Left": {"N": "0.25"},
                                "Top": {"N": "0.0"},
                                "Width": {"N": "0.5"},
                                "Height": {"N": "1.0"},
                            }
                        },
                    }
                },
                {
                    "M": {
                        "Confidence": {"N": "81.123456789"},
                        "Box": {
                            "M": {
                                "Left": {"N": "-0.01"},
                                "Top": {"N": "0.1"},
                                "Width": {"N": "0.2"},
                                "Height": {"N": "0.30000001192092896"},
                            }
                        },
                    }
                },
            ]
        },
        "FrameTime": {"S": "2026-11-22T14:04:59.123Z"},
        "Source": {"S": "kvs"},
        "Detector": {"S": "rekognition/3.0"},
        "LabelConfidence": {"N": "99.7"},
        "Floor": {"N": "50.0"},
        "Feet": {"L": [{"N": "672"}]},
        "Rule": {"S": "0123456789abcdef"},
        "Digest": {"S": "0123456789abcdef"},
        "Status": {"S": "counted"},
        "ExpiresAt": {"N": str(int(COUNTED.expires_at.timestamp()))},
    }


def test_a_gap_has_no_number() -> None:
    item = row_to_item(GAP)
    assert not {
        "Customer_Number",
        "Zones",
        "People",
        "FrameTime",
        "Detector",
        "Digest",
        "Floor",
        "LabelConfidence",
        "Feet",
        "Rule",
    } & set(item)
    assert (item["Status"], item["Reason"]) == ({"S": "gap"}, {"S": "no_media"})


@pytest.mark.parametrize("row", [COUNTED, EMPTY], ids=["counted", "empty"])
def test_a_counted_row_of_before_was_asked_for_80(row: Row) -> None:
    item = row_to_item(row)
    for name in ("Floor", "LabelConfidence", "Digest"):
        item.pop(name, None)
    assert row_from_item(item) == replace(row, floor=80.0, label_confidence=None, digest=None)


def test_a_row_of_before_has_neither_feet_nor_rule() -> None:
    item = row_to_item(COUNTED)
    del item["Feet"], item["Rule"]
    assert row_from_item(item) == replace(COUNTED, feet=None, rule=None)


def test_a_roll_up_of_before_has_no_foot_grid_no_zone_histograms_and_no_rule() -> None:
    quarter = roll_up("till-1", QUARTER, [COUNTED])
    assert quarter is not None
    item = quarter_to_item(quarter)
    del item["FootSeconds"], item["ZoneHistograms"], item["Rule"]
    assert quarter_from_item(item) == replace(quarter, foot_seconds=None, zone_histograms=None, rule=None)
