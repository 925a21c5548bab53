import pytest

from counter.analytics.figures import Figure, Knowledge
from counter.analytics.high_low import HighLow, high_low


def hour(value: float, half: float) -> Figure:
    return Figure(Knowledge.KNOWN, value, value - half, value + half)


UNKNOWN = Figure(Knowledge.UNKNOWN, reason="nothing was counted")


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        # 9 +- 1 stands out from 5 +- 1; 2 and 3 overlap, and are two of six.
        ([hour(2, 1), hour(5, 1), hour(9, 1), hour(5, 1), hour(3, 1), hour(6, 1)], HighLow((2,), (0, 4), 0)),
        # 7..11 reaches 8..10: both are high, two of six.
        ([hour(5, 1), hour(9, 1), hour(9, 2), hour(5, 1), hour(5, 1), hour(5, 1)], HighLow((1, 2), (), 0)),
        # Nothing can be told from anything.
        ([hour(value, 5) for value in (4, 5, 6)], HighLow((), (), 0)),
        # An unknown hour is neither, and may be either.
        ([hour(2, 0.1), UNKNOWN, hour(4, 0.1), hour(3, 0.1)], HighLow((2,), (0,), 1)),
        ([UNKNOWN], HighLow((), (), 1)),
        ([hour(2, 1)], HighLow((), (), 0)),
        ([], HighLow((), (), 0)),
    ],
)
def test_hours_are_named_only_where_their_intervals_allow(figures: list[Figure], expected: HighLow) -> None:
    assert high_low(figures) == expected
