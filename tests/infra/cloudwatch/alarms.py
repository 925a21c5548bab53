"""CloudWatch alarms, evaluated as AWS documents it.

"Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data": an alarm is evaluated every
minute, over periods that end at that minute. It reads more data points than its evaluation periods (the
evaluation range; AWS does not say how many more), and judges the newest real ones. Only if there are fewer of
these than evaluation periods, the missing ones are treated as the alarm says.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import Any

from tests.infra.cloudwatch.metric_math import Point, evaluate
from tests.infra.cloudwatch.metrics import Metric, Metrics

EXTRA_POINTS = 2
"""How many more data points than evaluation periods are read in the examples of AWS's page."""

_BREACHES = {"GreaterThanThreshold": operator.gt, "LessThanThreshold": operator.lt}


class State(StrEnum):
    """An alarm's state."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class _Operand:
    """A metric of an alarm's expression, with its statistic."""

    metric: Metric
    statistic: str


@dataclass(frozen=True)
class Alarm:
    """An alarm of a template. `period` is in minutes; `operands` are the metrics of `expression` by id."""

    name: str
    operands: Mapping[str, _Operand]
    expression: str
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: str
    threshold: float
    missing: str

    @classmethod
    def from_properties(cls, name: str, properties: Mapping[str, Any]) -> "Alarm":
        """Read the properties of an AWS::CloudWatch::Alarm, all references resolved."""
        periods = int(properties["EvaluationPeriods"])
        operands, expression, period = _formula(properties)
        return cls(
            name,
            operands,
            expression,
            period // 60,
            periods,
            int(properties.get("DatapointsToAlarm", periods)),
            properties["ComparisonOperator"],
            float(properties["Threshold"]),
            properties["TreatMissingData"],
        )

    def points(self, metrics: Metrics, minute: int, extra: int = EXTRA_POINTS) -> list[Point]:
        """The data points of the evaluation range, newest first."""
        return [self._point(metrics, end) for end in self._ends(minute, extra)]

    def state(self, points: Sequence[Point], before: State) -> State:
        """The state after an evaluation; `points` are those of the evaluation range, newest first."""
        real = [point for point in points if point is not None][: self.evaluation_periods]
        breaching = [_BREACHES[self.comparison](point, self.threshold) for point in real]
        number = sum(breaching)
        if self.missing == "breaching":
            number += self.evaluation_periods - len(real)
        elif self.missing == "ignore" and number < self.datapoints_to_alarm and all(breaching):
            return before if len(real) < self.evaluation_periods else State.OK
        elif self.missing not in {"ignore", "notBreaching"}:
            raise ValueError(f"missing data as {self.missing} is not evaluated here")
        return State.ALARM if number >= self.datapoints_to_alarm else State.OK

    def states(self, metrics: Metrics, minutes: range, extra: int = EXTRA_POINTS) -> Iterator[State]:
        """The state after each minute."""
        point = cache(partial(self._point, metrics))
        state = State.INSUFFICIENT_DATA
        for minute in minutes:
            state = self.state([point(end) for end in self._ends(minute, extra)], state)
            yield state

    def _ends(self, minute: int, extra: int) -> list[int]:
        return [minute - n * self.period for n in range(self.evaluation_periods + extra)]

    def _point(self, metrics: Metrics, end: int) -> Point:
        values = {
            name: metrics.value(operand.metric, operand.statistic, end - self.period, end)
            for name, operand in self.operands.items()
        }
        return evaluate(self.expression, values)


def _formula(properties: Mapping[str, Any]) -> tuple[dict[str, _Operand], str, int]:
    """The operands, the expression and the period."""
    if "Metrics" not in properties:
        operand = _operand(properties, properties["Statistic"])
        return {"metric": operand}, "metric", int(properties["Period"])
    (expression,) = (entry["Expression"] for entry in properties["Metrics"] if "Expression" in entry)
    metrics = {entry["Id"]: entry["MetricStat"] for entry in properties["Metrics"] if "MetricStat" in entry}
    (period,) = {int(stat["Period"]) for stat in metrics.values()}
    return (
        {name: _operand(stat["Metric"], stat["Stat"]) for name, stat in metrics.items()},
        expression,
        period,
    )


def _operand(metric: Mapping[str, Any], statistic: str) -> _Operand:
    (dimension,) = metric["Dimensions"]
    return _Operand(
        Metric(metric["Namespace"], metric["MetricName"], (dimension["Name"], dimension["Value"])), statistic
    )
