from datetime import timedelta

import pytest

from ingest.durations import duration_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (1.9, "1 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_whole_units(seconds: float, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (5, "5.0 s"), (6660, "111 min"), (83160, "23.1 h"), (2.5 * 86400, "2.5 days")],
)
def test_decimals_of_all_but_minutes(seconds: float, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds), decimals=1) == text
