"""The outside reader agrees with what the deployed code writes, and finds each thing that is changed."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from counter.history.hours import hours_file
from counter.history.lines import line_of, line_values
from counter.rows.items import quarter_to_item, row_to_item
from counter.rows.occupancy import Row, roll_up
from counter.rows.quarters import by_quarter
from infra.local.demo.outside_reader import DayFile, Stored, compare
from ingest.aws.dynamodb import from_item
from ingest.frames.messages import GapReason
from tests.infra.local.demo.test_score import row

ZONE = ZoneInfo("Asia/Kathmandu")
"""5:45 ahead of UTC: its hours begin at a quarter past. START is 19:45 there, so midnight is 4:15 later."""
DAY = date(2026, 11, 22)


def rows_of(camera: str, area: str, counts: list[int | None], every: int = 300) -> list[Row]:
    """Rows every five minutes from START on; None is a gap."""
    found = []
    for number, count in enumerate(counts):
        made = row(number * every, count, None if count is not None else GapReason.NO_MEDIA)
        zones = {"left": count // 2} if count is not None else {}
        feet = tuple([7] * count) if count is not None else None
        found.append(
            Row(
                **{name: getattr(made, name) for name in ("instant", "store_id", "source", "expires_at")},
                camera_id=camera,
                area=area,
                sample_every=every,
                count=count,
                reason=made.reason,
                zones=zones,
                feet=feet,
            )
        )
    return found


ROWS = [
    *rows_of("a", "floor", [1, None, 2, 4, 4, 4]),
    *rows_of("b", "floor", [3, 0, 1, None, None, None]),
    *rows_of("c", "till", [0, 0, 7, 1, 1, None]),
]


def stored(rows: list[Row] = ROWS) -> Any:
    """What the deployed code makes of the rows, as plain values that can be changed."""
    quarters = []
    for camera in sorted({each.camera_id for each in rows}):
        groups = by_quarter(each for each in rows if each.camera_id == camera)
        quarters += [roll_up(camera, start, group) for start, group in sorted(groups.items())]
    lines = [line_of(quarter, ZONE) for quarter in quarters if quarter is not None]
    return {
        "lines": [json.loads(json.dumps(line_values(line))) for line in lines],
        "hours": json.loads(hours_file("demo", DAY, ZONE, lines)),
        "rows": [from_item(row_to_item(each)) for each in rows],
        "roll_ups": [from_item(quarter_to_item(quarter)) for quarter in quarters if quarter is not None],
    }


def compared(values: Mapping[str, Any], day: date = DAY) -> list[str]:
    file = DayFile("demo", day.isoformat(), values["lines"], values["hours"])
    return list(compare(Stored([file], values["rows"], values["roll_ups"])).problems)


def test_it_agrees_with_what_the_deployed_code_writes() -> None:
    values = stored()
    assert compared(values) == []
    file = DayFile("demo", DAY.isoformat(), values["lines"], values["hours"])
    found = compare(Stored([file], values["rows"], values["roll_ups"]))
    assert (found.files, found.lines, found.rows) == (1, 6, 18)


def test_the_sums_beside_a_day_file_by_hand() -> None:
    """Of the floor at 14:00: camera a has (1 + 2) / 2 = 1.5 people, camera b (3 + 0 + 1) / 3: 1.5 x 900 s.

    The store adds the till's 7 / 3 x 900 = 2,100. A quarter hour later the floor has 4 x 900 (camera b is
    dark), the till 1 x 900.
    """
    total = stored()["hours"]["total"]["quarters"]
    assert [(each["person_seconds"], each["due"], each["counted"]) for each in total] == [
        (1_350 + 2_100, 9, 8),
        (3_600 + 900, 9, 5),
    ]


Change = Callable[[Any], object]
CHANGES: list[tuple[Change, str]] = [
    (
        lambda it: it["lines"].pop(0),
        "the day file of demo 2026-11-22 lacks camera a at 2026-11-22T14:00:00Z",
    ),
    (lambda it: it["lines"].append(it["lines"][0]), "has a quarter hour twice"),
    (lambda it: it["rows"].pop(0), "has counted 2, its rows give 1"),
    (lambda it: it["rows"][0].update(Customer_Number=2), "has person_seconds 900, its rows give 1200"),
    (lambda it: it["rows"][0].update(Zones={"left": 1}), "has zone_person_seconds"),
    (lambda it: it["rows"][0].update(Feet=[8]), "has foot_seconds"),
    (lambda it: it["rows"][1].update(Reason="no_frame"), "has gaps_by_reason"),
    (lambda it: it["roll_ups"].pop(0), "the roll-ups: nothing of camera a at 2026-11-22T14:00:00Z"),
    (lambda it: it["roll_ups"][0].update(PersonSeconds=1), "the roll-ups: camera a at"),
    (lambda it: it["lines"][0].update(histogram={"1": 2}), "has histogram {'1': 2}, its rows give"),
    (lambda it: it["lines"][0].update(area="door"), "has area door, its rows give floor"),
    (
        lambda it: it["hours"]["total"]["hours"][0].update(person_seconds=1),
        "the hours of the store beside the day file of demo 2026-11-22 are not the sums of its lines",
    ),
    (
        lambda it: it["hours"]["areas"]["till"]["quarters"].pop(),
        "the quarters of till beside the day file of demo 2026-11-22 are not the sums of its lines",
    ),
]


@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_whatever_is_changed_is_found(change: Change, sentence: str) -> None:
    values = deepcopy(stored())
    change(values)
    assert any(sentence in problem for problem in compared(values)), compared(values)


def test_what_has_expired_is_not_compared() -> None:
    """Roll-ups outlive rows, and day files outlive both."""
    values = stored()
    assert compared({**values, "rows": []}) == []
    assert compared({**values, "rows": [], "roll_ups": []}) == []


def test_rows_of_another_day_or_store_are_not_missed() -> None:
    values = stored()
    tomorrow = rows_of("a", "floor", [1, 2, 3])
    later = [from_item(row_to_item(each)) for each in tomorrow]
    for each, number in zip(later, range(3), strict=True):
        each["TimeStamp"] = f"2026-11-22T18:1{5 + number}:00.000Z"  # 00:00 of the next day there
    ours = [from_item(row_to_item(each)) for each in rows_of("d", "door", [1, 1, 1])]
    others = [{**each, "StoreId": "other"} for each in ours]
    found = compared({**values, "rows": [*values["rows"], *later, *others]})
    # Both lack roll-ups, and no line of this day file.
    assert {problem.partition(":")[0] for problem in found} == {"the roll-ups"}


def test_a_file_that_cannot_be_read_is_named() -> None:
    assert compare(Stored([], [], [], ["history/day=x"])).problems == ("history/day=x is not gzipped JSON",)
