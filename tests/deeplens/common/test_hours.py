"""The unit reads opening hours as the registry does."""

from itertools import product

import pytest

from deeplens.common.hours import WrongHours, from_map, parse
from deeplens.service import opened_by
from ingest.registry import opening_hours
from ingest.registry.sampling import Sampling
from ingest.times import from_millis
from tests.deeplens.unit import SETTINGS

TEXTS = (
    "always",
    "mon-fri 09:00-20:00",
    "mon-fri 09:00-12:00 13:00-20:00; sat 22:00-02:00; sun 13:00-18:00",
    "fri-mon 20:00-24:00",
    "sat-sun 00:00-24:00",
)


@pytest.mark.parametrize("text", TEXTS)
def test_every_minute_of_the_week_is_open_as_in_the_registry(text: str) -> None:
    ours, theirs = parse(text), opening_hours.parse(text)
    for weekday, minute in product(range(7), range(24 * 60)):
        assert ours.is_open(weekday, minute) == theirs.is_open(weekday, minute)
    assert from_map(theirs.to_map()) == ours


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "are empty"),
        ("mon", "'mon' are not of the form 'mon-fri 09:00-20:00'"),
        ("mon 9-20", "'mon 9-20' are not of the form"),
        ("mon 09:00-25:00", "'mon 09:00-25:00' are not of the form"),
        ("monday 09:00-20:00", "name the day 'monday'"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, what: str) -> None:
    with pytest.raises(WrongHours, match=what):
        parse(text)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_night_when_the_clocks_change(day: str) -> None:
    text = "sat 22:00-02:30; sun 10:00-18:00"
    settings = SETTINGS._replace(opening_hours=parse(text), time_zone="Europe/Berlin")
    theirs = Sampling(60, "Europe/Berlin", opening_hours.parse(text))
    is_open = opened_by(settings)
    start = int(from_millis(0).fromisoformat(f"{day}T00:00:00+00:00").timestamp()) - 6 * 3600
    for instant in range(start, start + 36 * 3600, 60):
        assert is_open(instant) == theirs.is_open(from_millis(instant * 1000)), instant
