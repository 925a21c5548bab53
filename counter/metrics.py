"""CloudWatch metrics of an invocation, in its log lines (embedded metric format).

The namespace is the stack's name; Powertools reads it from POWERTOOLS_METRICS_NAMESPACE.
"""

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric

from ingest.frames.messages import GapReason


def publish(service: str, tally: dict[str, int], gaps: Mapping[GapReason, int]) -> None:
    """Write a line with all counters of an invocation, and a line for each reason of the gaps it wrote."""
    metrics = EphemeralMetrics(service=service)
    for name, number in (tally | {"Gaps": sum(gaps.values())}).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
    for reason, number in gaps.items():
        with single_metric(name="Gaps", unit=MetricUnit.Count, value=number) as metric:
            metric.add_dimension(name="service", value=service)
            metric.add_dimension(name="Reason", value=reason.value)
