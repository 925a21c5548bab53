"""The images a second and the pulls in a minute that cameras need at their busiest moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest

from infra.capacity.demand import Demand, demand
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.opening_hours import ALWAYS, parse
from ingest.registry.sampling import Sampling
from ingest.times import from_text

MONDAY = from_text("2026-11-23T10:20:00Z")
WEEKDAYS = "mon-fri 09:00-20:00"


def cameras(
    number: int, every: int = 60, hours: str = "always", zone: str = "UTC", source: Source = Source.KVS
) -> list[Camera]:
    sampling = Sampling(every, zone, parse(hours))
    names = (f"{zone.lower().replace('/', '-').replace('_', '-')}-{i}" for i in count())
    return [Camera(next(names), "store", MONDAY, source=source, sampling=sampling) for _ in range(number)]


def test_no_cameras_need_nothing() -> None:
    assert demand([], MONDAY) == Demand()
    closed = [replace(camera, sampling=Sampling(enabled=False)) for camera in cameras(3)]
    assert demand(closed, MONDAY) == Demand()


def test_cameras_that_are_always_counted() -> None:
    found = demand([*cameras(500, 60), *cameras(3, 1)], MONDAY)
    assert found.images_per_second == pytest.approx(500 / 60 + 3)
    assert found.mean_images_per_second == found.images_per_second
    assert found.busiest == from_text("2026-11-23T00:00:00Z")
    assert found.cameras_due == 503


def test_an_image_a_second_is_exact() -> None:
    """Thousands of fractions are added and taken away; twice the sum must not be above 10."""
    found = demand([camera for _ in range(50) for camera in cameras(7, 70, WEEKDAYS)], MONDAY)
    assert found.images_per_second == 5


def test_hours_that_do_not_meet_are_not_added() -> None:
    tokyo = cameras(60, 60, "mon-sun 09:00-18:00", "Asia/Tokyo")
    berlin = cameras(30, 60, "mon-sun 10:00-18:00", "Europe/Berlin")
    found = demand([*tokyo, *berlin], MONDAY)
    assert (found.images_per_second, found.cameras_due) == (1.0, 60)
    assert found.mean_images_per_second == pytest.approx((9 * 1 + 8 * 0.5) / 24)


@pytest.mark.parametrize(
    ("now", "busiest"),
    [
        ("2026-11-25T03:00:00Z", "2026-11-25T14:00:00Z"),  # 09:00 in New York is 14:00 UTC
        ("2026-03-11T03:00:00Z", "2026-03-11T13:00:00Z"),  # New York has its summer time already, Berlin not
    ],
)
def test_the_hours_of_two_time_zones_meet_where_they_do_in_that_week(now: str, busiest: str) -> None:
    both = [
        *cameras(60, 60, WEEKDAYS, "Europe/Berlin"),
        *cameras(60, 60, WEEKDAYS, "America/New_York"),
    ]
    found = demand(both, from_text(now))
    assert found.images_per_second == 2
    assert found.cameras_due == 120
    assert found.busiest == from_text(busiest)


def test_a_span_that_passes_midnight_meets_the_next_day() -> None:
    late = cameras(60, 60, "sun 22:00-02:00")
    early = cameras(60, 60, "mon 01:00-05:00")
    found = demand([*late, *early], MONDAY)
    assert found.images_per_second == 2
    assert found.busiest == from_text("2026-11-23T01:00:00Z")


def test_spans_that_follow_each_other_are_not_added() -> None:
    found = demand([*cameras(60, 60, "mon 09:00-12:00"), *cameras(60, 60, "mon 12:00-15:00")], MONDAY)
    assert found.images_per_second == 1


def test_a_push_camera_needs_an_image_but_no_pull_and_each_mode_one_image() -> None:
    pushed = cameras(30, 60, source=Source.PUSH)
    pulled = [replace(camera, mode=mode) for mode in Mode for camera in cameras(15, 60)]
    found = demand([*pushed, *pulled], MONDAY)
    assert found.images_per_second == 30 / 60 + len(Mode) * 15 / 60
    assert found.cameras_due == len(Mode) * 15
    assert found.images_pulled_per_second == len(Mode) * 15 / 60


def test_a_pending_change_counts_as_it_will_be() -> None:
    (camera,) = cameras(1, 300)
    changed = camera.with_sampling(Sampling(1), MONDAY)
    assert changed.previous
    assert demand([changed], MONDAY).images_per_second == 1


def test_it_agrees_with_the_registry_s_own_answer_at_each_half_hour() -> None:
    random = Random(7)
    zones = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
    some = []
    for number in range(12):
        opens, closes = random.randrange(24), random.randrange(24)
        hours = f"mon-thu {opens:02}:30-{closes:02}:00; sat-sun {closes:02}:00-{opens:02}:30"
        sampling = Sampling(
            random.choice([1, 15, 60, 300]),
            random.choice(zones),
            parse(hours) if number else ALWAYS,
            enabled=number != 5,
        )
        some.append(Camera(f"camera-{number}", "store", MONDAY, sampling=sampling))
    for now in (MONDAY, from_text("2026-03-26T12:00:00Z")):
        start = now.astimezone(UTC).replace(hour=0, minute=0)
        needed = [_needed(some, start + timedelta(minutes=30 * step)) for step in range(7 * 48)]
        found = demand(some, now)
        assert found.images_per_second == pytest.approx(max(rate for rate, _ in needed))
        mean = sum(rate for rate, _ in needed) / len(needed)
        # A shop that opens in the hour that summer time skips opens half an hour later here.
        assert found.mean_images_per_second == pytest.approx(mean, rel=1e-4)
        assert found.cameras_due == max(number for _, number in needed)


def _needed(some: list[Camera], moment: datetime) -> tuple[float, int]:
    timings = [camera.sampling for camera in some if camera.sampling.enabled]
    open_now = [timing for timing in timings if timing.is_open(moment)]
    return sum(1 / timing.sample_every for timing in open_now), len(open_now)
