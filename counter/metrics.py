"""What a function counts of its own work, to CloudWatch in its log lines (EMF).

The namespace is the stack's name: powertools finds it in POWERTOOLS_METRICS_NAMESPACE.
"""

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric

from ingest.frames.messages import GapReason


def publish(service: str, tally: dict[str, int], gaps: Mapping[GapReason, int]) -> None:
    """One line with all counters of an invocation, and one for each reason of the gaps it wrote."""
    metrics = EphemeralMetrics(service=service)
    for name, number in (tally | {"Gaps": sum(gaps.values())}).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
    for reason, number in gaps.items():
        with single_metric(name="Gaps", unit=MetricUnit.Count, value=number) as metric:
            metric.add_dimension(name="service", value=service)
            metric.add_dimension(name="Reason", value=reason.value)
