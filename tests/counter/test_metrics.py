import pytest

from counter.metrics import METRICS, publish
from ingest.frames.messages import GapReason
from tests.counter.invocation import metrics

GAPS = {GapReason.EXPIRED: 1, GapReason.NOT_LOCALISED: 3}


def test_what_nobody_reads_is_a_value_of_the_line_and_no_metric(capsys: pytest.CaptureFixture[str]) -> None:
    publish("closing", {"Due": 9, "Failed": 2}, GAPS)
    [whole] = metrics(capsys.readouterr().out)
    assert (whole["service"], whole["Due"]) == ("closing", [9.0])
    plain = [whole[name] for name in ("Failed", "Gaps", "Gaps_expired", "Gaps_not_localised")]
    assert plain == [2, 4, 1, 3]
    (declared,) = whole["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"] for metric in declared["Metrics"]} == {"Due"}
    assert {"Failed", "Gaps"}.isdisjoint(METRICS["closing"])


def test_a_function_without_metrics_writes_a_line_of_its_log(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "counter"):
        publish("counter", {"Counted": 2}, GAPS)
    (record,) = caplog.records
    names = ("Counted", "Gaps", "Gaps_expired", "Gaps_not_localised")
    assert [record.__dict__[name] for name in names] == [2, 4, 1, 3]
    assert metrics(capsys.readouterr().out) == []


def test_an_invocation_without_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    publish("closing", {"Failed": 0, "Due": 0}, {})
    [whole] = metrics(capsys.readouterr().out)
    assert (whole["Failed"], whole["Gaps"], whole["Due"]) == (0, 0, [0.0])
