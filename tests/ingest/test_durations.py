from datetime import timedelta

import pytest

from ingest.durations import days_of_text, duration_text


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


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("3d", 3), ("8w", 56), ("1y", 365), (" 2W ", 14)])
def test_days_of_a_text(text: str, days: int) -> None:
    assert days_of_text(text) == timedelta(days=days)


@pytest.mark.parametrize(
    "text", ["", "8", "w", "0d", "-1d", "1.5w", "8 w", "8m", "1y2d", "12345d", "\u0663d"]
)
def test_what_is_no_span_of_days(text: str) -> None:
    with pytest.raises(
        ValueError, match="is no span of days: write days, weeks or years, as in 3d, 8w or 1y"
    ):
        days_of_text(text)
