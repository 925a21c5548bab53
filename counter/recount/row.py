"""One row by another rule: what counting by that rule would have given. Pure."""

from dataclasses import replace
from enum import StrEnum

from counter.rows.occupancy import Row
from counter.rows.people_count import count_people
from counter.rows.rule import Rule
from ingest.frames.messages import GapReason


class LeftAlone(StrEnum):
    """Why a row, or a whole quarter hour, keeps what it has."""

    FLOOR = "floor"
    """The detector was asked for a higher confidence than the rule counts from: people may be missing."""
    NO_BOXES = "no_boxes"
    """Somebody was on the frame, but the row does not say where."""
    EXPIRED = "expired"
    """Other rows of its quarter hour have expired, so the roll-up cannot follow any more."""
    NO_ROWS = "no_rows"
    """All rows of the quarter hour have expired: only its roll-up is left."""


def recounted(row: Row, rule: Rule) -> Row | LeftAlone:
    """The row by `rule`, which may be the same row; or why it is left alone. A gap stays a gap."""
    if row.count is None:
        return LeftAlone.NO_BOXES if _would_be_counted(row, rule) else row
    if _without_boxes(row, rule):
        return LeftAlone.NO_BOXES
    if row.floor is not None and row.floor > rule.min_confidence:
        return LeftAlone.FLOOR
    found = count_people(rule, row.people)
    return replace(row, count=found.count, zones=found.zones, feet=found.feet, rule=found.rule)


def _would_be_counted(row: Row, rule: Rule) -> bool:
    """Whether the rule counts nobody on a frame whose people have no boxes: the label is not sure enough."""
    if row.reason is not GapReason.NOT_LOCALISED:
        return False
    return row.label_confidence is None or row.label_confidence < rule.min_confidence


def _without_boxes(row: Row, rule: Rule) -> bool:
    """Whether the row may be of a frame with people whose boxes it does not have."""
    if row.people:
        return False
    if row.count or row.floor is None:
        return True
    # The label came without a box at or above the floor: by this rule the frame may not be countable.
    return row.label_confidence is not None and row.label_confidence >= rule.min_confidence
