"""Metric math for one point in time, as far as the template uses it.

"Using math expressions with CloudWatch metrics": a comparison gives 1 or 0; an operation on a missing data
point and a division by zero give a missing data point; IF(condition, a, b) gives `a` where the condition is
not 0, else `b`.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache

Point = float | None
"""A data point, None if it is missing."""

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}


class UnknownExpression(ValueError):
    """An expression that this evaluator does not know: add it, with what CloudWatch documents."""


def evaluate(expression: str, points: Mapping[str, Point]) -> Point:
    """The value of an expression. Raises UnknownExpression."""
    return _value(_parsed(expression), points)


def _value(node: ast.AST, points: Mapping[str, Point]) -> Point:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in points:
            return points[name]
        case ast.BinOp(left=left, op=operation, right=right):
            return _combined(operation, _value(left, points), _value(right, points))
        case ast.Compare(left=left, ops=[operation], comparators=[right]):
            return _combined(operation, _value(left, points), _value(right, points))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
            decided = _value(condition, points)
            return None if decided is None else _value(yes if decided else no, points)
    raise UnknownExpression(ast.unparse(node))


def _combined(operation: ast.AST, left: Point, right: Point) -> Point:
    if type(operation) not in _OPERATORS:
        raise UnknownExpression(type(operation).__name__)
    if left is None or right is None or (isinstance(operation, ast.Div) and right == 0):
        return None
    return float(_OPERATORS[type(operation)](left, right))


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body
