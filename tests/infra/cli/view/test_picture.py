from typing import Any

import cv2
import numpy as np
import pytest

from counter.rows.occupancy import Box, Person
from infra.cli.view.people import PlacedPerson
from infra.cli.view.picture import COUNTED, NOT_COUNTED, ZONES, Colour, annotated, png_bytes
from infra.local.rekognition.detectors.detection import Image
from ingest.registry.polygons import Polygon
from tests.infra.cli.view.served import entrance

SQUARE: Polygon = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def black(width: int = 400, height: int = 200) -> Image:
    return np.zeros((height, width, 3), np.uint8)


def near(colour: Colour) -> Any:
    """A colour close to this one; the edges of thin lines are smoothed."""
    return pytest.approx(list(colour), abs=20)


def test_a_polygon_lies_where_its_shares_say() -> None:
    before = black()
    picture = annotated(before, entrance(zones={"till": SQUARE}), [])
    assert not before.any()
    inside, outside = (
        picture[100, 200],
        [picture[20, 200], picture[180, 200], picture[100, 60], picture[100, 340]],
    )
    assert inside.tolist() == pytest.approx([round(0.28 * value) for value in ZONES[0]], abs=1)
    assert not np.any(outside)
    assert picture[100, 100].tolist() == near(ZONES[0])  # its left edge


def test_each_zone_has_its_colour() -> None:
    zones = {
        f"zone-{index}": ((0.1 * index, 0.5), (0.1 * index + 0.08, 0.5), (0.1 * index, 0.9))
        for index in range(8)
    }
    picture = annotated(black(1001, 1001), entrance(zones=zones), [])
    for index in range(8):
        assert picture[700, 100 * index].tolist() == near(ZONES[index % len(ZONES)])


@pytest.mark.parametrize(("counted", "colour"), [(True, COUNTED), (False, NOT_COUNTED)])
def test_a_person_is_boxed(*, counted: bool, colour: tuple[int, int, int]) -> None:
    placed = PlacedPerson(Person(97.0, Box(0.5, 0.25, 0.25, 0.5)), counted, (), ())
    picture = annotated(black(), entrance(), [placed])
    assert picture[100, 299].tolist() == near(colour)
    assert not picture[100, 250].any()


@pytest.mark.parametrize(
    "polygon", [((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), ((0.9, 0.9), (1.0, 0.9), (1.0, 1.0))]
)
def test_names_stay_on_the_picture(polygon: Polygon) -> None:
    assert annotated(black(), entrance(zones={"a-very-long-name-of-a-zone": polygon}), []).any()


def test_the_file_is_a_png_of_the_same_pixels() -> None:
    picture = annotated(black(), entrance(zones={"till": SQUARE}), [])
    read: Any = cv2.imdecode(np.frombuffer(png_bytes(picture), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(read, picture)
