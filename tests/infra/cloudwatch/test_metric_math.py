import pytest

from tests.infra.cloudwatch.metric_math import Point, UnknownExpression, evaluate

SHARE = "IF(due > 0, 100 * gaps / due, 0)"


@pytest.mark.parametrize(
    ("expression", "points", "expected"),
    [
        (SHARE, {"due": 200, "gaps": 30}, 15.0),
        (SHARE, {"due": 0, "gaps": 0}, 0.0),
        (SHARE, {"due": None, "gaps": None}, None),
        (SHARE, {"due": 200, "gaps": None}, None),
        (SHARE, {"due": None, "gaps": 30}, None),
        ("100 * gaps / due", {"due": 0, "gaps": 0}, None),
        ("a + b - 1", {"a": 2, "b": 3}, 4.0),
        ("a < b", {"a": 2, "b": 3}, 1.0),
        ("a > b", {"a": 2, "b": 3}, 0.0),
    ],
)
def test_an_expression(expression: str, points: dict[str, Point], expected: Point) -> None:
    assert evaluate(expression, points) == expected


@pytest.mark.parametrize("expression", ["FILL(a, 0)", "a ** 2", "unknown", "a >= 1"])
def test_what_is_not_known_is_refused(expression: str) -> None:
    with pytest.raises(UnknownExpression):
        evaluate(expression, {"a": 1})
