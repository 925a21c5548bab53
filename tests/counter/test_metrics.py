import pytest

from counter.metrics import publish
from ingest.frames.messages import GapReason
from tests.counter.invocation import metrics


def test_a_line_for_the_invocation_and_one_for_each_gap_reason(capsys: pytest.CaptureFixture[str]) -> None:
    publish("counter", {"Counted": 2}, {GapReason.EXPIRED: 1, GapReason.NOT_LOCALISED: 3})
    whole, *by_reason = metrics(capsys.readouterr().out)
    assert (whole["service"], whole["Counted"], whole["Gaps"]) == ("counter", [2.0], [4.0])
    assert [(line["service"], line["Reason"], line["Gaps"]) for line in by_reason] == [
        ("counter", "expired", [1.0]),
        ("counter", "not_localised", [3.0]),
    ]


def test_an_invocation_without_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    publish("closing", {"Failed": 0}, {})
    [whole] = metrics(capsys.readouterr().out)
    assert (whole["Failed"], whole["Gaps"]) == ([0.0], [0.0])
