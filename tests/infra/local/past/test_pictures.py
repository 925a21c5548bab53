from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from counter.rows.feet import touches_lower_edge
from counter.rows.people_count import count_people
from counter.rows.rule import Rule
from counter.rows.zones import foot
from infra.local.past.cameras import BEHIND_TILL
from infra.local.past.chain import chain
from infra.local.past.pictures import Positions, detected, positions
from infra.local.past.sessions import Stays
from ingest.registry.polygons import contains

BERLIN, _, _ = chain(date(2026, 1, 1))
NORTH, SOUTH, CHECKOUT = BERLIN.views[1], BERLIN.views[2], BERLIN.views[3]
SHARP = replace(NORTH, left=0.0, right=1.0, miss=-1.0)
"""A camera that misses nobody."""


def _random() -> np.random.Generator:
    return np.random.default_rng(8)


def _at(*places: tuple[float, float]) -> Positions:
    """People at places, all at the first instant."""
    x, y = np.array(places).T
    return Positions(np.zeros(len(places), np.int64), x, y)


def _stays(*stays: tuple[float, float, int, int]) -> Stays:
    arrive, leave, area, hotspot = zip(*stays, strict=True)
    return Stays(np.array(arrive), np.array(leave), np.array(area), np.array(hotspot), np.zeros(0))


def test_who_is_in_an_area_at_an_instant_has_a_place() -> None:
    present = _stays((0.0, 10.0, 1, 0), (5.0, 20.0, 1, 1), (0.0, 99.0, 0, 0), (10.0, 11.0, 1, 0))
    found = positions(BERLIN, 1, present, np.array([0.0, 5.0, 10.0, 30.0]), _random())
    # At 10 the first has left, the last has just come.
    assert found.instant.tolist() == [0, 1, 1, 2, 2]


def test_who_is_farther_away_is_smaller_and_higher_up() -> None:
    (people,) = detected(SHARP, _at((0.5, 0.3), (0.5, 0.6), (0.5, 0.95)), 1, _random())
    far, middle, near = sorted(people, key=lambda person: person.box.height)
    assert foot(far.box)[1] < foot(middle.box)[1] < foot(near.box)[1]


def test_the_lower_edge_cuts_off_the_feet_of_who_is_very_near() -> None:
    (people,) = detected(SHARP, _at((0.5, 0.99), (0.4, 0.7)), 1, _random())
    assert sorted(touches_lower_edge(person.box) for person in people) == [False, True]


def test_cameras_of_an_area_see_the_same_people_but_not_all() -> None:
    """North sees 0 to 0.85 of the floor, south, on the opposite wall, 0.1 to 1."""
    where = _at(*[(0.05, 0.5)] * 100, *[(0.5, 0.5)] * 100, *[(0.95, 0.5)] * 100)
    (north,), (south,) = (detected(view, where, 1, _random()) for view in (NORTH, SOUTH))
    # Each misses 4 % + 8 % x 0.5 = 8 % of 200; a mannequin may be there, too.
    assert len(north) == pytest.approx(184, abs=15)
    assert len(south) == pytest.approx(184, abs=15)


def test_what_is_left_in_one_picture_is_right_in_that_of_the_opposite_wall() -> None:
    sides = [
        foot(detected(replace(SHARP, turned=turned), _at((0.2, 0.5)), 1, _random())[0][0].box)[0]
        for turned in (False, True)
    ]
    assert sides[0] < 0.5 < sides[1]


def test_staff_stand_where_the_camera_at_the_till_ignores_them() -> None:
    present = _stays(*[(0.0, 10.0, 2, -1)] * 200, *[(0.0, 10.0, 2, 0)] * 200)
    where = positions(BERLIN, 2, present, np.array([1.0]), _random())
    (people,) = detected(CHECKOUT, where, 1, _random())
    ignored = sum(contains(BEHIND_TILL, foot(person.box)) for person in people)
    assert ignored == pytest.approx(200 * (1 - 0.04 - 0.08 * 0.7), abs=20)
    counted = count_people(replace(Rule.of(CHECKOUT.camera), min_confidence=50.0), people)
    assert counted.count == len(people) - ignored
    assert 0 < counted.zones["queue"] <= counted.count


def test_a_lower_threshold_counts_more_people() -> None:
    """At 95 of 100, some of those far away are not counted; a recount has something to show."""
    (people,) = detected(SHARP, _at(*[(0.5, 0.4)] * 300), 1, _random())
    rule = Rule.of(NORTH.camera)
    at_95, at_50 = (count_people(replace(rule, min_confidence=low), people).count for low in (95.0, 50.0))
    assert 0.7 * at_50 < at_95 < 0.98 * at_50
