"""Doctor's findings about the demand of the cameras: ../test_command.py runs them on a deployment."""

import pytest

from infra.capacity.comparison import StackLimits
from infra.capacity.demand import Demand
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment.capacity import judge_capacity
from ingest.times import from_text

BUSIEST = from_text("2026-11-23T08:00:00Z")


@pytest.mark.parametrize(
    ("limits", "level", "words"),
    [
        (
            StackLimits(25, 20, 50.0, 1000),
            Level.OK,
            "(Mon 08:00 UTC), and the stack counts up to 25 images a second; the account's quota is 50",
        ),
        (StackLimits(25, 20, None, None), Level.OK, "and the stack counts up to 25 images a second"),
        (StackLimits(10, 20, 50.0, 1000), Level.WARNING, "the stack counts at most 10"),
        (StackLimits(5, 20, 50.0, 1000), Level.WRONG, "frames wait longer each day, until they expire"),
        (
            StackLimits(25, 20, 5.0, 1000),
            Level.WRONG,
            "counts at most 5, the account's quota for DetectLabels: frames wait longer each day, until they",
        ),
        (
            StackLimits(25, 20, 17.0, 1000),
            Level.OK,
            "up to 17 images a second, the account's quota; DetectLabelsPerSecond is 25, so Rekognition",
        ),
        (StackLimits(20, 20, 50.0, 1000), Level.WARNING, "this version's template takes only"),
        (StackLimits(25, 2, 50.0, 1000), Level.WARNING, "up to 500 cameras are due in the same minute"),
        (StackLimits(25, 20, 50.0, 10), Level.WARNING, "the cameras need 12 Lambda invocations at a time"),
    ],
)
def test_what_the_stack_can_do_for_500_cameras(limits: StackLimits, level: Level, words: str) -> None:
    (finding,) = judge_capacity(Demand(8.3, BUSIEST, 5.0, 500), limits)
    assert finding.level is level
    assert words in finding.what
    assert bool(finding.do) is (level is not Level.OK)
