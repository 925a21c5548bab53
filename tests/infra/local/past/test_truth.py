from datetime import UTC, date, datetime, timedelta

import numpy as np

from infra.local.past.chain import chain
from infra.local.past.sessions import Stays
from infra.local.past.truth import truth, truth_document
from ingest.times import EPOCH

BERLIN, _, MADRID = chain(date(2026, 1, 1))
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_quarter_hour_by_hand() -> None:
    """In the quarter hour from 12:00: 900 s of the bar's guest and 300 s of its waiter, so 1 + 1/3 people.

    At the tables one for the last 90 s: 0.1. In the next one: the guest for 450 s, 0.5; the tables 900 s, 1.
    One has entered before 12:00, one at 12:00 sharp, one at 12:15 sharp.
    """
    noon = (NOON - EPOCH).total_seconds()
    present = Stays(
        arrive=noon + np.array([-100.0, 0.0, 810.0]),
        leave=noon + np.array([1350.0, 300.0, 5000.0]),
        area=np.array([0, 0, 1]),
        hotspot=np.array([0, -1, 3]),
        entered=noon + np.array([-100.0, 0.0, 900.0]),
    )
    first, second = truth(MADRID, present, [NOON, NOON + timedelta(minutes=15)])
    assert first.people == {"bar": 1 + 1 / 3, "tables": 0.1}
    assert (first.staff, first.entered) == (1 / 3, 1)
    assert second.people == {"bar": 0.5, "tables": 1.0}
    assert (second.staff, second.entered) == (0.0, 1)
    assert truth_document([first])["quarters"] == [
        {
            "store": "madrid",
            "start": "2026-11-23T12:00:00.000Z",
            "people": 1.433,
            "areas": {"bar": 1.333, "tables": 0.1},
            "staff": 0.333,
            "entered": 1,
        }
    ]
