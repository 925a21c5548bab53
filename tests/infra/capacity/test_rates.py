"""Each line of the template's mapping `Counter` follows from latencies: it reaches its DetectLabelsPerSecond.

A batch of B frames has three parts: it is received and its cameras and rows are read; its detections start
one after the other, at the invocation's share of the rate; then its rows, roll-ups and frames are stored. The
processor works in all of them. The latencies are assumptions for AWS, stated here; the processor's time is
that of docs/benchmarks.md ("Counter"), doubled for arm64 as in infra/cost/counts.toml.
"""

import re
from math import ceil
from typing import Any

import pytest

from counter.counting.count import WORKERS
from counter.counting.handler import CONCURRENCY, RESERVE
from infra.capacity.rates import COUNTER_INVOCATIONS, REACHED, rate_for, rate_within
from tests.infra.rendered import ROOT, at, transformed

DETECT = 0.5  # s of a DetectLabels call
SLOW_DETECT = 3.0  # s, when Rekognition has a bad hour
BETWEEN = 0.1  # s from the end of an invocation to the next one, without waiting for a batch to fill
READ = 0.03  # s: BatchGetItem of cameras, BatchGetItem of rows
STORE = 0.03  # s for each round of rows: PutItem; Query and PutItem of the roll-up
DELETE = 0.2  # s: DeleteObjects, DeleteMessageBatch
CPU = 2 * 0.0053  # s of a whole processor for each frame
CPU_OF_STORING = CPU * 5 / 6
"""Measured with the same benchmark: rows and roll-ups, 2.6 of 3.1 ms."""
VCPU_MEMORY = 1769  # MB that have one processor ("Configure Lambda function memory")

LINES = transformed()["Mappings"]["Counter"]
each_line = pytest.mark.parametrize("rate", [int(rate) for rate in LINES])


class Line:
    """A line of the mapping, and how long its batches take."""

    def __init__(self, rate: int) -> None:
        line: dict[str, Any] = LINES[str(rate)]
        self.rate, self.invocations = rate, int(line["Concurrency"])
        self.batch, self.memory = int(line["BatchSize"]), int(line["MemorySize"])
        self.share = rate / self.invocations
        self.processor = min(1.0, self.memory / VCPU_MEMORY)

    def around(self) -> float:
        """Seconds of a batch before its first detection starts and after its last one ended."""
        waiting = BETWEEN + READ + STORE * ceil(self.batch / WORKERS) + DELETE
        return waiting + CPU_OF_STORING * self.batch / self.processor

    def paced(self) -> float:
        """Seconds of a full batch that keeps to its share of the rate."""
        return (self.batch - 1) / self.share + DETECT + self.around()

    def unpaced(self, detect: float) -> float:
        """Seconds of a full batch that keeps to no rate."""
        threads = min(WORKERS, self.batch)
        detecting = max(
            detect * ceil(self.batch / threads), (CPU - CPU_OF_STORING) * self.batch / self.processor
        )
        return detecting + self.around()


def test_the_values_of_the_parameter_are_the_lines_of_the_mapping() -> None:
    parameter = transformed()["Parameters"]["DetectLabelsPerSecond"]
    assert list(map(str, parameter["AllowedValues"])) == list(LINES)
    assert str(parameter["Default"]) in LINES
    assert {int(rate): int(line["Concurrency"]) for rate, line in LINES.items()} == COUNTER_INVOCATIONS
    for value in parameter["AllowedValues"]:
        assert str(value) in parameter["ConstraintDescription"]


def test_the_deploy_page_shows_the_mapping() -> None:
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert {rate: line for rate, *line in rows} == {rate: list(it.values()) for rate, it in LINES.items()}


@each_line
def test_the_invocations_together_start_the_images_of_the_rate(rate: int) -> None:
    """Most of it, since no detection starts while a batch is received and stored; never more than it."""
    line = Line(rate)
    reached = line.invocations * line.batch / max(line.paced(), line.batch / line.share)
    assert REACHED * rate <= reached <= rate


@each_line
def test_with_headroom_for_slow_detections(rate: int) -> None:
    """Without their pace, the invocations could count twice the rate, and the rate itself if all is slow."""
    line = Line(rate)
    assert line.invocations * line.batch / line.unpaced(DETECT) >= 2 * rate
    assert line.invocations * line.batch / line.unpaced(SLOW_DETECT) >= rate


@each_line
def test_a_batch_ends_in_time(rate: int) -> None:
    """A batch takes some 10 s; half of the time is left for calls that are throttled."""
    line, timeout = Line(rate), at("CounterFunction", "Properties.Timeout")
    assert 5 <= line.paced() <= 15
    assert line.paced() <= (timeout - RESERVE) / 2


@each_line
def test_the_limits_of_aws(rate: int) -> None:
    """Concurrency 2 to 1000 ("Configuring maximum concurrency"); a window for a batch above 10; memory."""
    line = Line(rate)
    assert line.invocations in CONCURRENCY
    assert line.batch <= 10 or at("CounterFunctionFrames", "Properties.MaximumBatchingWindowInSeconds") >= 1
    assert line.batch * 12_000 <= 6_000_000, "an event has at most 6 MB; a message has some 2 KB"
    assert 128 <= line.memory <= 3008, "the most that a new account may have"


def test_no_more_invocations_than_needed() -> None:
    """Two is SQS's minimum. Above, an invocation has a share of 5 images a second."""
    assert {rate: Line(rate).share for rate in map(int, LINES) if Line(rate).invocations > 2} == {
        25: 5, 50: 5, 100: 5, 300: 5, 1000: 5,
    }  # fmt: skip
    assert max(Line(rate).share for rate in map(int, LINES)) == 5


@pytest.mark.parametrize(
    ("wanted", "rate"), [(0, 2), (2, 2), (2.01, 5), (26, 50), (299.9, 300), (1000, 1000), (1001, 1000)]
)
def test_the_rate_for_a_demand(wanted: float, rate: int) -> None:
    assert rate_for(wanted) == rate


@pytest.mark.parametrize(
    ("quota", "rate"), [(1.9, None), (2, 2), (24, 10), (50, 50), (400, 300), (5000, 1000)]
)
def test_the_rate_within_a_quota(quota: float, rate: int | None) -> None:
    assert rate_within(quota) == rate


def test_the_counter_has_the_line_of_its_rate() -> None:
    resources = transformed()["Resources"]
    mapping = resources["CounterFunctionFrames"]["Properties"]
    function = resources["CounterFunction"]["Properties"]

    def of(key: str) -> dict[str, Any]:
        return {"Fn::FindInMap": ["Counter", {"Ref": "DetectLabelsPerSecond"}, key]}

    assert mapping["ScalingConfig"] == {"MaximumConcurrency": of("Concurrency")}
    assert mapping["BatchSize"] == of("BatchSize")
    assert function["MemorySize"] == of("MemorySize")
    variables = function["Environment"]["Variables"]
    assert variables["MAXIMUM_CONCURRENCY"] == of("Concurrency")
    assert variables["DETECT_LABELS_PER_SECOND"] == {"Ref": "DetectLabelsPerSecond"}
