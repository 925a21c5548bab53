"""The values of marks: which quarter hours of a camera, and which months, must be written again. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

ALL_CAMERAS = "*"
"""Stands for a camera in a mark that names none: of an operator who wants a day to be written again."""


@dataclass(frozen=True)
class DayMark:
    """The marked quarter hours of a camera on a day in UTC.

    `waits` is set if the days of the quarter hours were written with this value, but without all of the
    camera's quarter hours, because it was not closed: until it is, there is nothing new to write.
    """

    store_id: str
    day: date
    camera_id: str
    value: str
    quarters: frozenset[datetime]
    waits: bool = False


@dataclass(frozen=True)
class JoinMark:
    """A month of a store that must be joined again; `month` as 2026-11."""

    store_id: str
    month: str
    value: str


@dataclass(frozen=True)
class Marks:
    """All marks of a store."""

    days: tuple[DayMark, ...] = ()
    joins: tuple[JoinMark, ...] = ()
