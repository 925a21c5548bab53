"""`occupancy pull`: recounts stored video of a camera; its frames then go the normal way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from rich.progress import TextColumn, TimeRemainingColumn

from counter.rows.occupancy import Row, Status
from infra.cli.aws.deployment import Deployment, connected, on_stack
from infra.cli.terminal.console import say
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.times import option_time, read_time
from ingest.aws.clients import operator_config
from ingest.aws.queues import MessageQueue
from ingest.errors import OccupancyError
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import GapNotice, GapReason
from ingest.pull.backfill import Progress as Backfilled
from ingest.pull.backfill import Span, backfill
from ingest.pull.camera import stream_of
from ingest.pull.extraction import PullDependencies
from ingest.registry.camera import Camera
from ingest.times import show_time

LONGEST = timedelta(days=31)
"""The longest span of a command, which reads all its rows first."""


class ImpossibleSpan(OccupancyError, ValueError):
    """A span of time without anything to pull."""


@dataclass(frozen=True)
class DueInstants:
    """The due instants of a span, and the rows that exist for them."""

    instants: tuple[datetime, ...]
    rows: Mapping[datetime, Row]

    @property
    def counted(self) -> frozenset[datetime]:
        """The instants that already have a count."""
        return frozenset(
            instant for instant in self.instants if instant in self.rows and _counted(self.rows[instant])
        )

    def unexplained(self, closed_until: datetime | None) -> list[datetime]:
        """The instants of closed quarter hours without a row, for which no other hop writes a gap."""
        return [
            instant
            for instant in self.instants
            if closed_until and instant < closed_until and instant not in self.rows
        ]


@click.command()
@click.option("--camera", "camera_id", required=True, metavar="CAMERA", help="The camera ID.")
@click.option("--from", "start_text", required=True, metavar="TIME", help="The start of the video.")
@click.option("--to", "end_text", required=True, metavar="TIME", help="The end of the video.")
@on_stack
def pull(deployment: Deployment, camera_id: str, start_text: str, end_text: str) -> None:
    """Recount stored video of a camera.

    TIME is 2026-11-22T14:05 in the camera's time zone, or has Z or an offset. The command fetches the video
    that the stream still holds for the sample instants without a count; it is counted like all other video.
    """
    now = deployment.clock.now()
    registered = deployment.registry.get(camera_id)
    camera = registered.camera
    stream_of(camera)
    span = read_span(camera, start_text, end_text, now)
    due = _due(deployment, camera, span)
    dependencies = _dependencies(deployment)
    done = _pull(camera, dependencies, span, due)
    unexplained = due.unexplained(registered.closed_until)
    dependencies.notices.send(
        GapNotice(camera_id, instant, GapReason.NO_MEDIA).to_body() for instant in unexplained
    )
    say(_summary(due, done))


def read_span(camera: Camera, start_text: str, end_text: str, now: datetime) -> Span:
    """The span that the operator gave. Raises InvalidTime or ImpossibleSpan."""
    zone = camera.sampling.time_zone
    start, end = (read_time(text, zone) for text in (start_text, end_text))
    if start >= end:
        raise ImpossibleSpan(f"--from {start_text} is not before --to {end_text}: give an earlier --from")
    if end > now:
        raise ImpossibleSpan(
            f"--to {end_text} is in the future: it is {show_time(now, zone)} now, give that or an earlier"
            " time"
        )
    if end - start > LONGEST:
        raise ImpossibleSpan(
            f"{start_text} to {end_text} is longer than {LONGEST.days} days: pull it in several parts"
        )
    return Span(start, end, now)


def nothing_due(camera: Camera, span: Span) -> str:
    """Message for a span without due instants."""
    zone = camera.sampling.time_zone
    name, since = camera.camera_id, show_time(camera.since, zone)
    if span.end <= camera.since:
        return (
            f"camera {name!r} has no due instants before {since}: to begin earlier, run"
            f" `occupancy camera set {name} --since {option_time(span.start)}`"
        )
    settings = {camera.sampling_at(span.start), camera.sampling_at(span.end - timedelta(milliseconds=1))}
    if not any(sampling.enabled for sampling in settings):
        return f"camera {name!r} was disabled in that span: nothing is due"
    every = ", ".join(sorted({f"{sampling.sample_every} s" for sampling in settings}))
    hours = ", ".join(sorted({sampling.opening_hours.to_text() for sampling in settings}))
    return (
        f"camera {name!r} has no sample instant in that span: it counts every {every}, hours {hours}"
        f" ({zone}), since {since}; give a longer span"
    )


def _due(deployment: Deployment, camera: Camera, span: Span) -> DueInstants:
    """The due instants and their rows. Raises ImpossibleSpan if nothing is due."""
    instants = tuple(camera.due(span.start, span.end))
    if not instants:
        raise ImpossibleSpan(nothing_due(camera, span))
    rows = deployment.occupancy.outlines(camera.camera_id, span.start, span.end)
    return DueInstants(instants, {row.instant: row for row in rows})


def _pull(camera: Camera, dependencies: PullDependencies, span: Span, due: DueInstants) -> Backfilled:
    done = Backfilled(0, len(due.instants) - len(due.counted), 0, 0)
    with progress_bar(TextColumn("instants"), TimeRemainingColumn()) as bar:
        task = bar.add_task(f"pulling {camera.camera_id}", total=done.total)
        for done in backfill(camera, dependencies, span, due.counted):
            bar.update(task, completed=done.instants)
    return done


def _summary(due: DueInstants, done: Backfilled) -> str:
    return (
        f"{len(due.instants)} instants are due: {done.frames} frames are on their way to the counter,"
        f" {len(due.counted)} were already counted, {done.gaps} have no readable video."
    )


def _dependencies(deployment: Deployment) -> PullDependencies:
    session, stack = deployment.session, deployment.stack
    return PullDependencies(
        kvs=deployment.video,
        frames=FrameBucket(
            connected(lambda: session.client("s3", config=operator_config())), stack.frame_bucket
        ),
        notices=MessageQueue(
            connected(lambda: session.client("sqs", config=operator_config())), stack.frame_queue_url
        ),
        sleep=deployment.clock.sleep,
    )


def _counted(row: Row) -> bool:
    return row.status is Status.COUNTED
