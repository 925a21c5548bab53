from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from counter.stores.calendar import EarlierZone
from counter.stores.store import InvalidStore, Store, of_cameras, zone_problem
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BERLIN = Store("north", "Europe/Berlin")


def camera(zone: str) -> Camera:
    return Camera("till-1", "north", NOON, sampling=Sampling(time_zone=zone))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"store_id": "North"},
            "store name 'North' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'",
        ),
        ({"time_zone": "Berlin"}, "time zone 'Berlin' is unknown: use an IANA name such as Europe/Berlin"),
        ({"country": "de"}, "country 'de' must be two capital letters, as in DE (ISO 3166-1)"),
        ({"region": "BY"}, "region 'BY' must be as in DE-BY (ISO 3166-2)"),
        ({"country": "AT", "region": "DE-BY"}, "region 'DE-BY' is not in country 'AT'"),
        ({"currency": "€"}, "currency '€' must be three capital letters, as in EUR (ISO 4217)"),
        ({"language": "German"}, "language 'German' must be as in de or pt-BR (BCP 47)"),
        ({"day_starts": time(5, 10)}, "day_starts 05:10 must be a quarter hour from 00:00 to 11:45"),
        ({"day_starts": time(12)}, "day_starts 12:00 must be a quarter hour from 00:00 to 11:45"),
        (
            {"targets": {"A": 1.0}},
            "target name 'A' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'",
        ),
        (
            {"excluded": {date(2026, 12, 25): " "}},
            "excluded day 2026-12-25 has no reason: say why it is not a usual day",
        ),
        (
            {
                "time_zone": "Pacific/Kiritimati",
                "earlier": (EarlierZone(date(2026, 11, 23), "Pacific/Pago_Pago"),),
            },
            (
                "the change of its time zone on 2026-11-23 would leave no time of that day: change it in two"
                " steps, a day apart"
            ),
        ),
    ],
)
def test_wrong_settings(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidStore) as raised:
        Store(**({"store_id": "north"} | values))
    assert raised.value.problems == (sentence,)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(InvalidStore) as raised:
        Store("north", country="x", currency="y")
    assert len(raised.value.problems) == 2


def test_a_zone_begins_at_the_next_midnight() -> None:
    moved = BERLIN.with_time_zone("Europe/London", NOON)
    assert moved.time_zone == "Europe/London"
    assert moved.earlier == (EarlierZone(date(2026, 11, 23), "Europe/Berlin"),)


def test_a_change_that_is_not_in_force_yet_is_replaced() -> None:
    moved = BERLIN.with_time_zone("Europe/London", NOON)
    assert moved.with_time_zone("Europe/Paris", NOON).earlier == moved.earlier
    assert moved.with_time_zone("Europe/Berlin", NOON) == BERLIN


def test_earlier_zones_are_kept_for_good() -> None:
    later = BERLIN.with_time_zone("Europe/London", NOON).with_time_zone("UTC", NOON.replace(year=2027))
    assert [zone.time_zone for zone in later.earlier] == ["Europe/Berlin", "Europe/London"]


def test_a_camera_with_another_zone() -> None:
    assert zone_problem(camera("Europe/Berlin"), BERLIN) is None
    assert zone_problem(camera("UTC"), BERLIN) == (
        "time zone UTC is not that of store 'north', which is Europe/Berlin: use that one, or change both"
        " with `occupancy store set north --time-zone UTC`"
    )


@pytest.mark.parametrize(
    ("zones", "zone"),
    [
        (["UTC", "Europe/Berlin", "Europe/Berlin"], "Europe/Berlin"),
        (["UTC", "Asia/Tokyo"], "Asia/Tokyo"),
        ([], "UTC"),
    ],
    ids=["most", "tie", "no cameras"],
)
def test_an_entry_from_cameras(zones: list[str], zone: str) -> None:
    assert of_cameras("north", [camera(each) for each in zones]) == Store("north", zone)
