from datetime import date

import numpy as np
import pytest

from counter.floor.feet import foot_sums
from counter.floor.mapping import CameraMapping, MappedCamera
from counter.floor.picture_map import picture_map
from counter.floor.plan import FloorPlan
from tests.counter.floor.shop import Pinhole, drawn, evenly, inside, line


def test_minutes_are_per_cell_and_counted_hour() -> None:
    camera = MappedCamera(
        "a", [CameraMapping(date.min, None)], [((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))]
    )
    found = picture_map(foot_sums([camera], [line("a", {65: 900}), line("a", {65: 900, 3: 300})])[0])
    assert (found.camera, found.since, found.counted_hours) == ("a", date.min, 0.5)
    assert found.minutes[1, 1] == pytest.approx(60)
    assert found.minutes[0, 3] == pytest.approx(10)
    assert found.minutes[0, 4] == 0
    assert np.isnan(found.minutes[:, 32:]).all()


def test_where_nothing_was_counted_nothing_is_cold() -> None:
    camera = MappedCamera("a", [])
    found = picture_map(foot_sums([camera], [line("a", {}, 0)])[0])
    assert found.since is None
    assert np.isnan(found.minutes).all()


def test_people_spread_evenly_look_nine_times_hotter_far_away_in_the_picture_alone() -> None:
    """52 degrees below the level the farthest floor is 2.1 times as deep as the nearest; 2.1 cubed is 9."""
    plan = FloorPlan(16, 14)
    camera = Pinhole("c", (8, 13.7), -90, down=52)
    mapped = camera.mapped(plan, [(6.5, 12), (9.5, 12), (10.5, 8.5), (5.5, 8.5)])
    counted = camera.line(evenly(plan))
    rows = picture_map(foot_sums([mapped], [counted])[0]).minutes.mean(axis=1)
    assert rows[0] / rows[34] == pytest.approx(9, abs=0.5)
    density = drawn(plan, [mapped], [counted]).density[inside(camera, plan, 0.5)]
    assert density.size > 50
    assert density.std() / density.mean() <= 0.02
