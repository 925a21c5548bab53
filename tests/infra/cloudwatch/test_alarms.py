"""The evaluator gives the tables of AWS's page "Configuring how CloudWatch alarms treat missing data"."""

from dataclasses import replace

import pytest

from tests.infra.cloudwatch.alarms import Alarm, State
from tests.infra.cloudwatch.metrics import Metric, Metrics

METRIC = Metric("n", "m", ("d", "v"))
THREE_OF_THREE = Alarm.from_properties(
    "a",
    {
        "Namespace": "n",
        "MetricName": "m",
        "Dimensions": [{"Name": "d", "Value": "v"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "TreatMissingData": "breaching",
    },
)
TWO_OF_THREE = replace(THREE_OF_THREE, datapoints_to_alarm=2)
OK, ALARM, KEPT = State.OK, State.ALARM, State.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("alarm", "points", "ignore", "breaching", "not_breaching"),
    [
        # Data points oldest first: 0 within the threshold, X breaching, - missing.
        (THREE_OF_THREE, "0-X-X", OK, OK, OK),
        (THREE_OF_THREE, "0----", OK, OK, OK),
        (THREE_OF_THREE, "-----", KEPT, ALARM, OK),
        (THREE_OF_THREE, "0XX-X", ALARM, ALARM, ALARM),
        (THREE_OF_THREE, "--X--", KEPT, ALARM, OK),
        (TWO_OF_THREE, "0-X-X", ALARM, ALARM, ALARM),
        (TWO_OF_THREE, "00X0X", ALARM, ALARM, ALARM),
        (TWO_OF_THREE, "0-X--", OK, ALARM, OK),
        (TWO_OF_THREE, "----0", OK, ALARM, OK),
        (TWO_OF_THREE, "----X", KEPT, ALARM, OK),
    ],
)
def test_missing_data(
    alarm: Alarm, points: str, ignore: State, breaching: State, not_breaching: State
) -> None:
    newest_first = [{"0": 0.0, "X": 1.0, "-": None}[point] for point in reversed(points)]
    states = [
        replace(alarm, missing=treatment).state(newest_first, KEPT)
        for treatment in ("ignore", "breaching", "notBreaching")
    ]
    assert states == [ignore, breaching, not_breaching]


def test_periods_slide_with_the_minute() -> None:
    metrics = Metrics()
    for minute, value in ((0, 1), (4, 2), (5, 4)):
        metrics.add(METRIC, minute, value)
    alarm = replace(THREE_OF_THREE, evaluation_periods=1)
    assert alarm.points(metrics, 5, extra=1) == [3, None]
    assert alarm.points(metrics, 6, extra=1) == [6, 1]
    assert alarm.points(metrics, 10, extra=1) == [4, 3]


def test_an_ignored_gap_keeps_the_alarm_on_until_there_is_data() -> None:
    metrics = Metrics()
    for minute, value in ((0, 1), (30, 0)):
        metrics.add(METRIC, minute, value)
    alarm = replace(THREE_OF_THREE, evaluation_periods=1, datapoints_to_alarm=1, period=1, missing="ignore")
    states = list(alarm.states(metrics, range(40)))
    assert states[0] is KEPT
    assert set(states[1:31]) == {ALARM}
    assert set(states[31:]) == {OK}
