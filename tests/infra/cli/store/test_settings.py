from datetime import date, time

import pytest

from counter.stores.store import InvalidStore, Store
from infra.cli.store.settings import changed_store, new_store, setting_texts, store_values
from tests.infra.cli.conftest import NOW

BERLIN = Store(
    "north", "Europe/Berlin", excluded={date(2026, 12, 25): "Christmas"}, targets={"conversion": 0.2}
)


def test_options_become_settings() -> None:
    options = {
        "day_starts": "05:00", "exclude": ("2026-12-26=Boxing Day",), "no_exclude": ("2026-12-25",),
        "target": ("star=3",), "no_target": ("conversion",), "country": "DE", "name": " North ",
    }  # fmt: skip
    after = changed_store(BERLIN, options, NOW)
    assert (after.day_starts, after.country, after.name) == (time(5), "DE", "North")
    assert (after.excluded, after.targets) == ({date(2026, 12, 26): "Boxing Day"}, {"star": 3.0})
    assert after.time_zone == "Europe/Berlin"


def test_a_new_store_has_its_zone_from_the_beginning() -> None:
    assert new_store("north", "Europe/Berlin", {"time_zone": "Europe/Berlin"}, NOW).earlier == ()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"exclude": ("soon=x",)}, "day 'soon' cannot be read: write it as 2026-12-25"),
        (
            {"exclude": ("2026-12-24",)},
            "excluded day 2026-12-24 has no reason: say why it is not a usual day",
        ),
        ({"no_exclude": ("2026-12-24",)}, "day 2026-12-24 is not excluded"),
        ({"target": ("conversion",)}, "target 'conversion' cannot be read: write it as conversion=0.25"),
        ({"no_target": ("star",)}, "there is no target 'star'"),
        ({"day_starts": "5"}, "day_starts '5' cannot be read: write it as 05:00"),
        ({"time_zone": "Mars"}, "time zone 'Mars' is unknown: use an IANA name such as Europe/Berlin"),
    ],
)
def test_mistakes(options: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidStore) as raised:
        changed_store(BERLIN, options, NOW)
    assert raised.value.problems == (problem,)


def test_a_store_as_text_and_as_json() -> None:
    assert setting_texts(BERLIN)["excluded"] == "2026-12-25 Christmas"
    assert store_values(BERLIN)["targets"] == {"conversion": 0.2}
