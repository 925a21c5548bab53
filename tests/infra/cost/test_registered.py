from datetime import UTC, datetime

import pytest

from infra.cost.fleet import Delivery, Fleet
from infra.cost.registered import fleet_of, open_hours
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.opening_hours import ALWAYS, parse
from ingest.registry.sampling import Sampling

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "a_day"),
    [
        ("mon-sun 09:00-21:00", 12),
        ("mon-sat 10:00-20:00", 60 / 7),
        ("fri 22:00-02:00", 4 / 7),  # past midnight
        ("mon 09:00-12:00 13:00-17:00", 1),
    ],
)
def test_hours_are_those_of_a_mean_day(hours: str, a_day: float) -> None:
    assert open_hours(parse(hours)) == pytest.approx(a_day)


def test_a_camera_has_its_own_settings_and_the_rest_is_assumed() -> None:
    camera = Camera("door", "north", NOW, mode=Mode.MEDIA, sampling=Sampling(60, opening_hours=ALWAYS))
    found = fleet_of(camera, Fleet(bit_rate=4, keyframes=True, row_days=90))
    assert found == Fleet(
        cameras=1,
        sample_every=60,
        hours=24,
        mode=Mode.MEDIA,
        bit_rate=4,
        keyframes=True,
        row_days=90,
        retention=0,
    )


def test_a_disabled_camera_is_not_counted_and_sends_nothing() -> None:
    found = fleet_of(Camera("door", "north", NOW, sampling=Sampling(enabled=False)), Fleet(only_open=False))
    assert (found.hours, found.delivery) == (0, Delivery.PUSH)


def test_the_unit_with_the_original_function_does_not_inspect_its_frames() -> None:
    camera = Camera("door", "north", NOW, Source.PUSH, original_deeplens=True)
    assert fleet_of(camera, Fleet()).foreign
