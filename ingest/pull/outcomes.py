"""Reports the outcomes of one batch: logs and counts them, raises if all pulls failed for one cause."""

from collections.abc import Collection, Iterable, Mapping

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from ingest.aws.failures import AWS_FAILURES, AwsError, AwsFailed, code_of, safe_text
from ingest.errors import OccupancyError
from ingest.kvs.endpoints import NO_RIGHT, StreamUnavailable
from ingest.pull.extraction import Tally
from ingest.registry.registry_errors import LeaseHeld, LeaseLost, UnknownCamera

logger = Logger(service="pull")
Failure = OccupancyError | AwsError


def report(outcomes: Mapping[str, Tally | Failure]) -> None:
    """Log each failure with its camera, and count. Raises the first failure if all failed for one cause.

    A failed camera's message is not sent back: its cursor was not recorded, so the next tick requests a pull
    long before the message would become visible.
    """
    failures: list[Failure] = []
    for camera_id, outcome in outcomes.items():
        for trouble in outcome.troubles.values() if isinstance(outcome, Tally) else ():
            logger.warning(f"camera {camera_id!r}: {trouble}", camera=camera_id)
        if isinstance(outcome, LeaseHeld | LeaseLost):
            logger.info(str(outcome), camera=camera_id)
        elif isinstance(outcome, UnknownCamera):
            logger.warning(f"{outcome}; it was removed after its pull was requested", camera=camera_id)
        elif not isinstance(outcome, Tally):
            failures.append(outcome)
            logger.error(safe_text(outcome), camera=camera_id)
    _count([outcome for outcome in outcomes.values() if isinstance(outcome, Tally)], len(failures))
    if failures and len(failures) == len(outcomes) and _shared_cause(failures):
        raise AwsFailed(failures[0]) if isinstance(failures[0], AWS_FAILURES) else failures[0]


def _shared_cause(failures: Iterable[Failure]) -> str | None:
    """The common cause of all failures, if there is one outside the cameras."""
    causes = {_cause(failure) for failure in failures}
    return causes.pop() if len(causes) == 1 else None


def _cause(failure: Failure) -> str | None:
    if isinstance(failure, ClientError):
        return code_of(failure)
    if isinstance(failure, StreamUnavailable):
        return failure.code if failure.code in NO_RIGHT else None
    return type(failure).__name__ if isinstance(failure, AWS_FAILURES) else None


def _count(tallies: Collection[Tally], failed: int) -> None:
    """Write one line: what the alarm reads as metrics, which are paid for, and all else as plain values."""
    metrics = EphemeralMetrics(service="pull")
    metrics.add_metric("Pulls", MetricUnit.Count, len(tallies) + failed)
    metrics.add_metric("PullsFailed", MetricUnit.Count, failed)
    for name, value in (
        ("FramesPut", sum(tally.frames for tally in tallies)),
        ("GapNotices", sum(tally.gaps for tally in tallies)),
        ("FragmentsFetched", sum(tally.fragments for tally in tallies)),
        ("FragmentBytes", sum(tally.bytes for tally in tallies)),
        ("ImageCalls", sum(tally.image_calls for tally in tallies)),
        ("ImagesFetched", sum(tally.images for tally in tallies)),
    ):
        metrics.add_metadata(name, value)
    metrics.flush_metrics()
