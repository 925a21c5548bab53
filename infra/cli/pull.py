"""`occupancy pull`: a camera's past video, fetched again by hand; the frames then go the normal way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from counter.rows.occupancy import Row, Status
from infra.cli.aws.deployment import Deployment, connected, on_stack
from infra.cli.terminal.console import console, say
from infra.cli.terminal.times import read_time, show_time
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

LONGEST = timedelta(days=31)
"""The span of one command; its rows are read first, all of them."""


class ImpossibleSpan(OccupancyError, ValueError):
    """A span of time that holds nothing to pull."""


@dataclass(frozen=True)
class Due:
    """The due instants of a span, and the rows that they have already."""

    instants: tuple[datetime, ...]
    rows: Mapping[datetime, Row]

    @property
    def counted(self) -> frozenset[datetime]:
        """Those that have a count, so that nothing is to be done for them."""
        return frozenset(
            instant for instant in self.instants if instant in self.rows and _counted(self.rows[instant])
        )

    def unexplained(self, closed_until: datetime | None) -> list[datetime]:
        """Those without a row whose quarter hours are closed: nobody else will say why they have no count."""
        return [
            instant
            for instant in self.instants
            if closed_until and instant < closed_until and instant not in self.rows
        ]


@click.command()
@click.option("--camera", "camera_id", required=True, metavar="CAMERA", help="The camera, by its name.")
@click.option("--from", "start_text", required=True, metavar="TIME", help="The first moment.")
@click.option("--to", "end_text", required=True, metavar="TIME", help="The moment after the last.")
@on_stack
def pull(deployment: Deployment, camera_id: str, start_text: str, end_text: str) -> None:
    """Count a camera's past video again.

    TIME is 2026-11-22T14:05 by the clock of the camera's time zone, or with Z or an offset. What the stream
    still holds is fetched for those sample instants that have no count yet, and counted as all frames are.
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
    """The span that the operator named. Raises InvalidTime or ImpossibleSpan."""
    zone = camera.sampling.time_zone
    start, end = (read_time(text, zone) for text in (start_text, end_text))
    if start >= end:
        raise ImpossibleSpan(f"--from {start_text} is not before --to {end_text}: give an earlier --from")
    if end > now:
        raise ImpossibleSpan(
            f"--to {end_text} lies in the future: it is {show_time(now, zone)} now, give that or less"
        )
    if end - start > LONGEST:
        raise ImpossibleSpan(
            f"{start_text} to {end_text} is longer than {LONGEST.days} days: pull it in parts"
        )
    return Span(start, end, now)


def nothing_due(camera: Camera, span: Span) -> str:
    """Why a span holds no due instant, with the way out."""
    zone = camera.sampling.time_zone
    name, since = camera.camera_id, show_time(camera.since, zone)
    if span.end <= camera.since:
        first = f"{span.start:%Y-%m-%dT%H:%M:%SZ}"
        return (
            f"camera {name!r} counts since {since} only, nothing is due before:"
            f" `occupancy camera set {name} --since {first}` makes it begin earlier"
        )
    settings = {camera.sampling_at(span.start), camera.sampling_at(span.end - timedelta(milliseconds=1))}
    if not any(sampling.enabled for sampling in settings):
        return f"camera {name!r} was disabled then: nothing is due"
    every = ", ".join(sorted({f"{sampling.sample_every} s" for sampling in settings}))
    hours = ", ".join(sorted({sampling.opening_hours.to_text() for sampling in settings}))
    return (
        f"camera {name!r} has no sample instant then: it counts every {every}, hours {hours} ({zone}),"
        f" since {since}; give a longer span"
    )


def _due(deployment: Deployment, camera: Camera, span: Span) -> Due:
    """What is due and what there is of it. Raises ImpossibleSpan where nothing is due."""
    instants = tuple(camera.due(span.start, span.end))
    if not instants:
        raise ImpossibleSpan(nothing_due(camera, span))
    rows = deployment.occupancy.outlines(camera.camera_id, span.start, span.end)
    return Due(instants, {row.instant: row for row in rows})


def _pull(camera: Camera, dependencies: PullDependencies, span: Span, due: Due) -> Backfilled:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("instants"),
        TimeRemainingColumn(),
        console=console(stderr=True),
    )
    done = Backfilled(0, len(due.instants) - len(due.counted), 0, 0)
    with bar:
        task = bar.add_task(f"pulling {camera.camera_id}", total=done.total)
        for done in backfill(camera, dependencies, span, due.counted):
            bar.update(task, completed=done.instants)
    return done


def _summary(due: Due, done: Backfilled) -> str:
    return (
        f"{len(due.instants)} instants were due: {done.frames} frames are on their way to the counter,"
        f" {len(due.counted)} were counted already, {done.gaps} have no video that can be read."
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
