from datetime import UTC, date, datetime, time, timedelta

import pytest

from counter.floor.feet import FloorTimes, foot_sums
from counter.floor.mapping import CameraMapping, MappedCamera
from tests.counter.floor.shop import DAY, line

NEXT = DAY + timedelta(days=1)


def camera(name: str, *since: date) -> MappedCamera:
    return MappedCamera(name, [CameraMapping(day, None) for day in since])


def test_lines_are_added_up_by_camera() -> None:
    lines = [
        line("b", {7: 300, 9: 60}, cut_off=40),
        line("a", {7: 1}),
        line("b", {7: 30}, 600),
        line("other", {7: 5}),
    ]
    first, second = foot_sums([camera("b", date.min), camera("a", date.min)], lines)
    assert (first.camera.camera, second.camera.camera) == ("b", "a")
    assert (first.feet[7], first.feet[9], first.feet.sum()) == (330, 60, 390)
    assert (first.person_seconds, first.counted_seconds, first.cut_off) == (430, 1500, 40)


def test_a_span_is_cut_where_a_mapping_begins() -> None:
    lines = [line("a", {1: 10}, day=NEXT), line("a", {1: 1}), line("a", {1: 2}, day=DAY - timedelta(days=1))]
    sums = foot_sums([camera("a", DAY, NEXT)], lines)
    assert [(part.mapping and part.mapping.since, int(part.feet[1])) for part in sums] == [
        (None, 2),
        (DAY, 1),
        (NEXT, 10),
    ]


def test_lines_without_a_foot_grid_are_counted_apart() -> None:
    (found,) = foot_sums([camera("a", DAY)], [line("a", None, cut_off=500), line("a", {1: 900})])
    assert (found.person_seconds, found.counted_seconds, found.ungridded, found.cut_off) == (900, 900, 900, 0)


def test_a_camera_without_lines_has_empty_sums() -> None:
    first, second, third = foot_sums([camera("a"), camera("b", DAY), camera("c", DAY)], [line("b", {7: 300})])
    assert [part.camera.camera for part in (first, second, third)] == ["a", "b", "c"]
    assert (first.counted_seconds, second.counted_seconds, third.counted_seconds) == (0, 900, 0)


def test_a_cell_that_the_grid_lacks_is_an_error() -> None:
    for cell in (2304, -1):
        with pytest.raises(ValueError, match=f"cell {cell} of camera a is not on the grid of 64 x 36"):
            foot_sums([camera("a", DAY)], [line("a", {cell: 1})])


def test_days_weekdays_and_hours_are_chosen() -> None:
    monday = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    times = FloorTimes(date(2026, 3, 2), date(2026, 3, 9), frozenset({0}), frozenset({10, 11}))
    assert times.contains(monday)
    assert times.contains(monday + timedelta(days=7))
    assert not times.contains(monday + timedelta(days=1))
    assert not times.contains(monday + timedelta(days=14))
    assert not times.contains(monday - timedelta(days=7))
    assert not times.contains(monday + timedelta(hours=2))
    lines = [line("a", {}, hour=hour) for hour in (9, 10, 11, 12)]
    assert list(times.of(lines)) == lines[1:3]


def test_what_is_before_the_start_of_the_trading_day_belongs_to_the_day_before() -> None:
    bar = FloorTimes(date(2026, 3, 2), date(2026, 3, 2), frozenset({0}), day_starts=time(4))
    assert bar.contains(datetime(2026, 3, 3, 3, 45, tzinfo=UTC))
    assert not bar.contains(datetime(2026, 3, 3, 4, tzinfo=UTC))
    assert not bar.contains(datetime(2026, 3, 2, 3, 45, tzinfo=UTC))
