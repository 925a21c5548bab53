"""`occupancy pull`: fetches again, on request, what a stream still holds of a span of time."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.kvs.video import MAX_FRAGMENT_LENGTH
from ingest.pull.camera import extractor_for, stream_of
from ingest.pull.extraction import CameraPull, FrameExtractor, PullDependencies
from ingest.pull.selection import SETTLE, restricted_to, select
from ingest.registry.camera import Camera
from ingest.registry.sampling import MAX_FRAME_AGE

SLICE = timedelta(minutes=5)


@dataclass(frozen=True)
class Span:
    """The instants in [start, end), as seen at `now`."""

    start: datetime
    end: datetime
    now: datetime


@dataclass(frozen=True)
class Progress:
    """How far a backfill has come: due instants done and in all, frames put, instants without a frame."""

    instants: int
    total: int
    frames: int
    gaps: int


def backfill(
    camera: Camera,
    dependencies: PullDependencies,
    span: Span,
    already: Collection[datetime] = frozenset(),
) -> Iterator[Progress]:
    """Put the frames of a span's due instants, except those in `already`, by producer time.

    Yields the progress after each five minutes of the span, at least once. It takes no lease and records no
    cursor, so a pull may run at the same time. Gap notices are sent as the pull sends them. Raises
    NotAKvsCamera, StreamUnavailable, NotSent and botocore's errors.
    """
    pull = CameraPull(camera, stream_of(camera), dependencies)
    dependencies.kvs.streams.archive_retention(pull.stream_name)  # none is an error, not gaps
    extractor = extractor_for(pull)
    total = len(_due(camera, span, already))
    done, start = 0, span.start
    while start < span.end:
        part = Span(start, min(start + SLICE, span.end), span.now)
        if due := _due(camera, part, already):
            _extract(pull, extractor, part, due)
        done, start = done + len(due), part.end
        yield Progress(done, total, pull.tally.frames, done - pull.tally.frames)


def _extract(pull: CameraPull, extractor: FrameExtractor, part: Span, due: Collection[datetime]) -> None:
    first = part.start - MAX_FRAME_AGE - MAX_FRAGMENT_LENGTH
    # The first fragment that starts after the part shows that no other comes before it.
    last = part.end + MAX_FRAGMENT_LENGTH
    listed = pull.dependencies.kvs.archive.list(pull.stream_name, "PRODUCER_TIMESTAMP", first, last)
    until = part.now + SETTLE  # nothing is waited for
    selected = restricted_to(select(pull.camera, listed, (), until).selected, due)
    extractor.extract(selected, until, lambda: True)


def _due(camera: Camera, span: Span, already: Collection[datetime]) -> frozenset[datetime]:
    return frozenset(instant for instant in camera.due(span.start, span.end) if instant not in already)
