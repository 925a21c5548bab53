"""The counters of an invocation: CloudWatch metrics if an alarm or the dashboard reads them, else a log line.

Each custom metric is paid for. The namespace is the stack's name; Powertools reads it from
POWERTOOLS_METRICS_NAMESPACE. Both are in the log, the metrics in the embedded metric format.
"""

from collections.abc import Mapping

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from ingest.frames.messages import GapReason

METRICS: Mapping[str, frozenset[str]] = {
    "closing": frozenset({"Due", "NotPulled", "OtherGaps", "InstantsOverdue", "Cameras", "InvalidCameras"})
}
"""The counters that the template's alarms and its dashboard read, by service."""


def publish(service: str, tally: Mapping[str, int], gaps: Mapping[GapReason, int]) -> None:
    """Write one line with all counters of an invocation, and the gaps that it wrote by their reasons."""
    reasons = {f"Gaps_{reason.value}": number for reason, number in gaps.items()}
    values = {**tally, "Gaps": sum(gaps.values()), **reasons}
    watched = METRICS.get(service, frozenset())
    if not watched:
        Logger(service=service).info("counters", extra=values)
        return
    metrics = EphemeralMetrics(service=service)
    for name, number in values.items():
        if name in watched:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
        else:
            metrics.add_metadata(key=name, value=number)
    metrics.flush_metrics()
