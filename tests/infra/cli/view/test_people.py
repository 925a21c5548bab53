from typing import Any

import pytest

from counter.rows.occupancy import Box, Person
from infra.cli.view.people import person, placed
from infra.local.rekognition.detectors.detection import Detection
from tests.infra.cli.view.served import CORNER, LEFT, RIGHT, entrance


@pytest.mark.parametrize(
    ("confidence", "box", "settings", "expected"),
    [
        (99.0, (0.1, 0.1, 0.2, 0.5), {}, (True, ("left",), ())),
        (
            99.0,
            (0.1, 0.1, 0.8, 0.5),
            {},
            (True, ("right",), ()),
        ),  # the feet are on the edge that two zones share
        (95.0, (0.6, 0.1, 0.2, 0.5), {}, (True, ("right",), ())),
        (94.9, (0.6, 0.1, 0.2, 0.5), {}, (False, (), ())),
        (94.9, (0.6, 0.1, 0.2, 0.5), {"min_confidence": 90.0}, (True, ("right",), ())),
        (99.0, (0.9, 0.4, 0.1, 0.5), {}, (False, (), ("corner",))),
        (81.0, (0.9, 0.4, 0.1, 0.5), {}, (False, (), ("corner",))),
        (99.0, (0.1, 0.5, 0.2, 0.6), {}, (True, ("left",), ())),  # cut by the picture's lower edge
        (99.0, (0.1, 0.1, 0.2, 0.5), {"zones": {}}, (True, (), ())),
        (99.0, (0.1, 0.1, 0.2, 0.5), {"zones": {"a": LEFT, "b": LEFT}}, (True, ("a", "b"), ())),
    ],
)
def test_where_a_person_is_counted(
    confidence: float,
    box: tuple[float, float, float, float],
    settings: dict[str, Any],
    expected: tuple[bool, tuple[str, ...], tuple[str, ...]],
) -> None:
    camera = entrance(**{"zones": {"left": LEFT, "right": RIGHT}, "ignore": {"corner": CORNER}, **settings})
    (placed_person,) = placed(camera, [Person(confidence, Box(*box))])
    assert (placed_person.counted, placed_person.zones, placed_person.ignore) == expected


def test_a_detection_as_the_counter_reads_it() -> None:
    assert person(Detection(97.0, 0.1, 0.2, 0.3, 0.4)) == Person(97.0, Box(0.1, 0.2, 0.3, 0.4))
