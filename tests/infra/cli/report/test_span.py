from datetime import date

import pytest

from counter.report.report import By
from infra.cli.report.span import WrongDays, read_by, read_days

TODAY = date(2026, 11, 22)
NONE: dict[str, object] = {"start": None, "end": None, "week": False, "today": False}


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({}, "2026-11-15", "2026-11-21"),
        ({"week": True}, "2026-11-15", "2026-11-21"),
        ({"today": True}, "2026-11-22", "2026-11-22"),
        ({"start": "2026-11-20"}, "2026-11-20", "2026-11-22"),
        ({"end": "2026-11-10"}, "2026-11-04", "2026-11-10"),
        ({"start": "2026-11-10", "end": "2026-11-10"}, "2026-11-10", "2026-11-10"),
        ({"start": "2026-11-10", "end": "2027-11-10"}, "2026-11-10", "2026-11-22"),
    ],
)
def test_days(options: dict[str, object], first: str, last: str) -> None:
    assert [str(day) for day in read_days(NONE | options, TODAY, "north")] == [first, last]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"start": "2026-11-10", "week": True}, "--from and --week exclude each other"),
        ({"start": "2026-11-10", "end": "2026-11-11", "today": True}, "--from and --to and --today exclude"),
        ({"end": "2026-13-10"}, "--to '2026-13-10' is no day: write it as 2026-11-22"),
        ({"start": "2026-11-24", "end": "2026-11-23"}, "2026-11-24 is in the future: today is 2026-11-22"),
        ({"start": "2026-11-20", "end": "2026-11-19"}, "--from 2026-11-20 is after --to 2026-11-19"),
    ],
)
def test_wrong_days_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(WrongDays, match=sentence):
        read_days(NONE | options, TODAY, "north")


def test_few_days_are_shown_by_hour() -> None:
    assert read_by(None, TODAY, TODAY) is By.HOUR
    assert read_by(None, date(2026, 11, 1), TODAY) is By.DAY
    assert read_by("weekday", TODAY, TODAY) is By.WEEKDAY
