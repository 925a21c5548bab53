"""Read -> decide -> act, the middle: what is to be done for each camera and sample instant. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Row, Status
from counter.rows.placing import Frame
from counter.rows.table import RowKey
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.times import quarter_start


@dataclass(frozen=True)
class Arrived:
    """A frame in its place, and the message that brought it."""

    message_id: str
    frame: Frame


@dataclass(frozen=True)
class Noticed:
    """A gap notice about a known camera, and the message that brought it."""

    message_id: str
    camera: Camera
    instant: datetime
    reason: GapReason


@dataclass(frozen=True)
class Task:
    """What is left to do for one instant, in this order: its row, its roll-up, its frames.

    If one of them fails, the later ones are not done and its messages come again.
    """

    messages: frozenset[str]
    row: Row | None = None
    quarter: RowKey | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """An instant that is to be counted, and its frames, the best first."""

    messages: frozenset[str]
    camera: Camera
    instant: datetime
    frames: tuple[Frame, ...]

    def task(self, row: Row | None) -> Task:
        """What is left to do once the frames have been looked at; no row where somebody else put it."""
        keys = tuple(frame.key for frame in self.frames)
        return Task(self.messages, row, _quarter(self.camera, self.instant), keys)


@dataclass(frozen=True)
class Plan:
    """What a batch comes to. `tally` is for the metrics."""

    wanted: tuple[Wanted, ...]
    tasks: tuple[Task, ...]
    tally: Counter[str]
    crowded: tuple[str, ...] = ()
    """Cameras under whose name a second unit with the original DeepLens function seems to send."""


def row_keys(arrived: Iterable[Arrived], noticed: Iterable[Noticed]) -> set[RowKey]:
    """The rows that `decide` needs to know."""
    frames = (one.frame for one in arrived)
    return {(frame.camera.camera_id, frame.instant) for frame in frames if frame.instant} | {
        (notice.camera.camera_id, notice.instant) for notice in noticed
    }


def decide(
    arrived: Sequence[Arrived],
    noticed: Sequence[Noticed],
    rows: Mapping[RowKey, Row],
    retention: timedelta,
) -> Plan:
    """Which frames cost a detection, and which need only be cleared away.

    A row proves that its instant was due, also where the camera's settings no longer say so.
    """
    wanted, tasks, tally, crowded = [], [], Counter[str](), []
    for instant, group in _by_instant(arrived):
        camera = group[0].frame.camera
        row = rows.get((camera.camera_id, instant)) if instant else None
        messages = frozenset(one.message_id for one in group)
        frames = tuple({one.frame.key: one.frame for one in group}.values())
        keys = tuple(frame.key for frame in frames)
        if instant is None or (row is None and not camera.is_due(instant)):
            tally["NotDue"] += len(frames)
            tasks.append(Task(messages, keys=keys))
            continue
        if _second_unit(frames, row):
            tally["SecondOriginalDeepLens"] += 1
            crowded.append(camera.camera_id)
        if row is not None and row.status is Status.COUNTED:
            tally["AlreadyCounted"] += len(frames)
            tasks.append(Task(messages, quarter=_quarter(camera, instant), keys=keys))
        else:
            wanted.append(Wanted(messages, camera, instant, _best_first(frames, instant)))
    tasks += [_task_of(notice, rows, retention) for notice in noticed]
    return Plan(tuple(wanted), tuple(tasks), tally, tuple(crowded))


def _by_instant(arrived: Iterable[Arrived]) -> Iterator[tuple[datetime | None, list[Arrived]]]:
    groups: defaultdict[tuple[str, datetime | None], list[Arrived]] = defaultdict(list)
    for one in arrived:
        groups[one.frame.camera.camera_id, one.frame.instant].append(one)
    return ((instant, group) for (_, instant), group in groups.items())


def _best_first(frames: Iterable[Frame], instant: datetime) -> tuple[Frame, ...]:
    """The nearest in time first, in an order that does not depend on that of the messages."""
    return tuple(sorted(frames, key=lambda frame: (abs(frame.frame_time - instant), frame.key)))


def _second_unit(frames: Iterable[Frame], row: Row | None) -> bool:
    """Whether frames of different times came for one instant: one unit sends one in each interval."""
    originals = {frame.frame_time for frame in frames if frame.original_deeplens}
    seen = {row.frame_time} if row is not None and row.frame_time else set()
    return bool(originals) and len(originals | seen) > 1


def _task_of(notice: Noticed, rows: Mapping[RowKey, Row], retention: timedelta) -> Task:
    camera, instant = notice.camera, notice.instant
    messages = frozenset({notice.message_id})
    if (camera.camera_id, instant) in rows:
        return Task(messages, quarter=_quarter(camera, instant))
    if not camera.is_due(instant):
        return Task(messages)
    row = gap_row(camera, instant, notice.reason, retention)
    return Task(messages, row, _quarter(camera, instant))


def _quarter(camera: Camera, instant: datetime) -> RowKey:
    return camera.camera_id, quarter_start(instant)
