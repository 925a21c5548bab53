from dataclasses import replace

import pytest

from counter.recount.row import LeftAlone, recounted
from counter.rows.occupancy import Box, Person, Row
from counter.rows.rule import Rule
from ingest.frames.messages import GapReason
from tests.counter.recount.sample_people import LEFT, RIGHT
from tests.counter.rows.sample_rows import COUNTED, EMPTY, GAP, NOT_LOCALISED

AT_80 = Rule(80.0)


def test_a_row_by_another_rule() -> None:
    """The person at 99.5 stands at (0.5, 1.0), cut off; the one at 81.1 at (0.09, 0.4): row 14, column 5."""
    rule = Rule(80.0, {"left": LEFT, "right": RIGHT})
    assert recounted(COUNTED, rule) == replace(
        COUNTED, count=2, zones={"left": 1, "right": 1}, feet=(14 * 64 + 5,), rule=rule.digest
    )
    none = Rule(80.0, {}, {"everywhere": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))})
    assert recounted(COUNTED, none) == replace(COUNTED, count=0, zones={}, feet=(), rule=none.digest)


def test_the_same_rule_again_changes_nothing() -> None:
    once = recounted(COUNTED, AT_80)
    assert isinstance(once, Row)
    assert once != COUNTED
    assert recounted(once, AT_80) == once


def test_a_row_of_before_gains_feet_and_rule() -> None:
    old = replace(COUNTED, feet=None, rule=None, label_confidence=None, floor=80.0)
    found = recounted(old, Rule(95.0))
    assert found == replace(old, zones={}, feet=(), rule=Rule(95.0).digest)


@pytest.mark.parametrize(
    ("row", "threshold", "why"),
    [
        (replace(COUNTED, floor=80.0), 79.9, LeftAlone.FLOOR),
        (replace(EMPTY, floor=80.0), 60.0, LeftAlone.FLOOR),
        (replace(COUNTED, people=(), count=1), 95.0, LeftAlone.NO_BOXES),
        (replace(EMPTY, floor=None), 95.0, LeftAlone.NO_BOXES),
        (replace(EMPTY, label_confidence=90.0), 90.0, LeftAlone.NO_BOXES),
        (replace(NOT_LOCALISED, label_confidence=97.5), 98.0, LeftAlone.NO_BOXES),
        (replace(NOT_LOCALISED, label_confidence=None), 95.0, LeftAlone.NO_BOXES),
    ],
    ids=[
        "people below the floor may be missing",
        "nobody above the floor",
        "a count without boxes",
        "an empty row that never had people",
        "by this rule the frame would be a gap",
        "by this rule the gap would be zero",
        "a gap whose label is not known",
    ],
)
def test_what_is_left_alone(row: Row, threshold: float, why: LeftAlone) -> None:
    assert recounted(row, Rule(threshold)) is why


@pytest.mark.parametrize(
    ("row", "threshold"),
    [
        (GAP, 60.0),
        (replace(NOT_LOCALISED, label_confidence=97.5), 97.5),
        (replace(GAP, reason=GapReason.UNREADABLE_IMAGE), 60.0),
    ],
    ids=["no media", "not localised by this rule, too", "unreadable"],
)
def test_a_gap_stays_a_gap(row: Row, threshold: float) -> None:
    assert recounted(row, Rule(threshold)) == row


@pytest.mark.parametrize(
    ("row", "threshold"),
    [(EMPTY, 50.0), (replace(EMPTY, label_confidence=89.9), 90.0), (replace(EMPTY, floor=80.0), 80.0)],
    ids=["nobody at all", "the label is not sure enough", "the floor is the threshold"],
)
def test_an_empty_frame_stays_zero(row: Row, threshold: float) -> None:
    assert recounted(row, Rule(threshold)) == replace(row, rule=Rule(threshold).digest)


def test_boxes_are_not_changed() -> None:
    people = (Person(60.5, Box(0.1, 0.2, 0.3, 0.4)),)
    found = recounted(replace(COUNTED, people=people), Rule(60.0))
    assert isinstance(found, Row)
    assert (found.people, found.count) == (people, 1)
