"""Rows and roll-ups as items of their DynamoDB tables, and back."""

from collections.abc import Mapping
from typing import Any

from counter.rows.occupancy import Box, Person, QuarterHour, Row, Status
from ingest.aws.dynamodb import Item, from_item, to_item
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source
from ingest.times import from_millis, from_text, to_millis, to_text

FORMER_FLOOR = 80.0
"""The floor of counted rows without the attribute: they were written before it existed."""


def row_to_item(row: Row) -> Item:
    """The row as an item of the occupancy table."""
    counted = row.status is Status.COUNTED
    return to_item(
        {
            "CameraId": row.camera_id,
            "TimeStamp": to_text(row.instant),
            "Customer_Number": row.count,
            "StoreId": row.store_id,
            "Area": row.area,
            "SampleEvery": row.sample_every,
            "Zones": row.zones if counted else None,
            "People": [_person_values(person) for person in row.people] if counted else None,
            "FrameTime": to_text(row.frame_time) if row.frame_time else None,
            "Source": row.source.value,
            "Detector": row.detector,
            "LabelConfidence": row.label_confidence,
            "Floor": row.floor,
            "Feet": row.feet,
            "Rule": row.rule,
            "Digest": row.digest,
            "Status": row.status.value,
            "Reason": row.reason.value if row.reason else None,
            "ExpiresAt": to_millis(row.expires_at) // 1000,
        }
    )


def row_from_item(item: Item) -> Row:
    """The inverse of `row_to_item`."""
    values = from_item(item)
    frame_time, reason = values.get("FrameTime"), values.get("Reason")
    return Row(
        camera_id=values["CameraId"],
        instant=from_text(values["TimeStamp"]),
        store_id=values["StoreId"],
        area=values["Area"],
        sample_every=values["SampleEvery"],
        source=Source(values["Source"]),
        expires_at=from_millis(values["ExpiresAt"] * 1000),
        count=values.get("Customer_Number"),
        zones=values.get("Zones", {}),
        people=tuple(_person(person) for person in values.get("People", ())),
        frame_time=from_text(frame_time) if frame_time else None,
        detector=values.get("Detector"),
        reason=GapReason(reason) if reason else None,
        label_confidence=_optional_float(values.get("LabelConfidence")),
        # An outline has no people, and no floor either.
        floor=_optional_float(values.get("Floor", FORMER_FLOOR if "People" in values else None)),
        feet=tuple(values["Feet"]) if "Feet" in values else None,
        rule=values.get("Rule"),
        digest=values.get("Digest"),
    )


def quarter_to_item(quarter: QuarterHour) -> Item:
    """The roll-up as an item of the quarter-hour table."""
    return to_item(
        {
            "CameraId": quarter.camera_id,
            "QuarterStart": to_text(quarter.start),
            "StoreId": quarter.store_id,
            "Area": quarter.area,
            "Counted": quarter.counted,
            "Gaps": {reason.value: number for reason, number in quarter.gaps.items()},
            "PersonSeconds": quarter.person_seconds,
            "CountedSeconds": quarter.counted_seconds,
            "ZonePersonSeconds": dict(quarter.zone_person_seconds),
            "Histogram": _by_text(quarter.histogram),
            "ZoneHistograms": _zone_values(quarter.zone_histograms),
            "FootSeconds": _by_text(quarter.foot_seconds) if quarter.foot_seconds is not None else None,
            "Rule": quarter.rule,
            "Rank": quarter.rank,
        }
    )


def quarter_from_item(item: Item) -> QuarterHour:
    """The inverse of `quarter_to_item`."""
    values = from_item(item)
    return QuarterHour(
        camera_id=values["CameraId"],
        start=from_text(values["QuarterStart"]),
        store_id=values["StoreId"],
        area=values["Area"],
        counted=values["Counted"],
        gaps={GapReason(reason): number for reason, number in values["Gaps"].items()},
        person_seconds=values["PersonSeconds"],
        counted_seconds=values["CountedSeconds"],
        zone_person_seconds=values["ZonePersonSeconds"],
        histogram=_by_number(values["Histogram"]),
        zone_histograms=_zone_histograms(values.get("ZoneHistograms")),
        foot_seconds=_by_number(values["FootSeconds"]) if "FootSeconds" in values else None,
        rule=values.get("Rule"),
    )


def _by_text(numbers: Mapping[int, int]) -> dict[str, int]:
    return {str(key): number for key, number in numbers.items()}


def _by_number(values: Mapping[str, int]) -> dict[int, int]:
    return {int(key): number for key, number in values.items()}


def _zone_values(histograms: Mapping[str, Mapping[int, int]] | None) -> dict[str, dict[str, int]] | None:
    if histograms is None:
        return None
    return {name: _by_text(histogram) for name, histogram in histograms.items()}


def _zone_histograms(values: Mapping[str, Mapping[str, int]] | None) -> dict[str, dict[int, int]] | None:
    if values is None:
        return None
    return {name: _by_number(histogram) for name, histogram in values.items()}


def _optional_float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _person_values(person: Person) -> dict[str, Any]:
    box = person.box
    return {
        "Confidence": person.confidence,
        "Box": {"Left": box.left, "Top": box.top, "Width": box.width, "Height": box.height},
    }


def _person(values: Mapping[str, Any]) -> Person:
    box = values["Box"]
    return Person(
        float(values["Confidence"]),
        Box(*(float(box[name]) for name in ("Left", "Top", "Width", "Height"))),
    )
