"""Read -> decide -> act, the middle: what to do for each camera and sample instant. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from counter.counting.frozen import compared_with
from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Row, RowKey, Status
from counter.rows.placing import Frame
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.times import quarter_start


@dataclass(frozen=True)
class ReceivedFrame:
    """A frame with its camera and instant, and the message that announced it."""

    message_id: str
    frame: Frame


@dataclass(frozen=True)
class ReceivedNotice:
    """A gap notice about a known camera, and the message that contained it."""

    message_id: str
    camera: Camera
    instant: datetime
    reason: GapReason


@dataclass(frozen=True)
class StorageTask:
    """What remains to be done for an instant, in this order: put its row, put its roll-up, delete its frames.

    If one of these fails, the later ones are not done and the task's messages are retried.
    """

    messages: frozenset[str]
    row: Row | None = None
    quarter: RowKey | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class DetectionTask:
    """An instant to be counted, with its frames, the best first."""

    messages: frozenset[str]
    camera: Camera
    instant: datetime
    frames: tuple[Frame, ...]
    gap: Row | None = None
    """The row so far, which says that there was no count."""

    def storage_task(self, row: Row | None) -> StorageTask:
        """What remains to be done after the detection; no row if another invocation has put it.

        A row in place of a gap keeps the gap's store and area: late video belongs to where the camera was
        then.
        """
        if row is not None and self.gap is not None:
            row = replace(row, store_id=self.gap.store_id, area=self.gap.area)
        keys = tuple(frame.key for frame in self.frames)
        return StorageTask(self.messages, row, _quarter(self.camera, self.instant), keys)


@dataclass(frozen=True)
class Plan:
    """What to do for a batch. `tally` is for the metrics."""

    detection_tasks: tuple[DetectionTask, ...]
    storage_tasks: tuple[StorageTask, ...]
    tally: Counter[str]
    second_units: tuple[str, ...] = ()
    """IDs of cameras under whose name a second unit with the original DeepLens function seems to send."""


def row_keys(frames: Iterable[ReceivedFrame], notices: Iterable[ReceivedNotice]) -> set[RowKey]:
    """The keys of the rows that `decide` needs, and `frozen` after it."""
    placed = {
        (frame.camera.camera_id, frame.instant): frame.camera
        for frame in (received.frame for received in frames)
        if frame.instant
    }
    compared = {
        (camera_id, before)
        for (camera_id, instant), camera in placed.items()
        for before in compared_with(camera, instant)
    }
    noticed = {(notice.camera.camera_id, notice.instant) for notice in notices}
    return placed.keys() | compared | noticed


def decide(
    received: Sequence[ReceivedFrame],
    notices: Sequence[ReceivedNotice],
    rows: Mapping[RowKey, Row],
    retention: timedelta,
) -> Plan:
    """Decide which frames need a detection and which are only deleted.

    An instant that has a row was due, even if the camera's current settings say that it is not.
    """
    detections, storage, tally, second_units = [], [], Counter[str](), []
    for instant, group in _by_instant(received):
        camera = group[0].frame.camera
        row = rows.get((camera.camera_id, instant)) if instant else None
        messages = frozenset(member.message_id for member in group)
        frames = tuple({member.frame.key: member.frame for member in group}.values())
        keys = tuple(frame.key for frame in frames)
        if instant is None or (row is None and not camera.is_due(instant)):
            tally["NotDue"] += len(frames)
            storage.append(StorageTask(messages, keys=keys))
            continue
        if _from_two_units(frames, row):
            tally["SecondOriginalDeepLens"] += 1
            second_units.append(camera.camera_id)
        if row is not None and row.status is Status.COUNTED:
            tally["AlreadyCounted"] += len(frames)
            storage.append(StorageTask(messages, quarter=_quarter(camera, instant), keys=keys))
        else:
            detections.append(DetectionTask(messages, camera, instant, _best_first(frames, instant), row))
    storage += [_storage_of(notice, rows, retention) for notice in notices]
    return Plan(tuple(detections), tuple(storage), tally, tuple(second_units))


def _by_instant(
    received: Iterable[ReceivedFrame],
) -> Iterator[tuple[datetime | None, list[ReceivedFrame]]]:
    groups: defaultdict[tuple[str, datetime | None], list[ReceivedFrame]] = defaultdict(list)
    for member in received:
        groups[member.frame.camera.camera_id, member.frame.instant].append(member)
    return ((instant, group) for (_, instant), group in groups.items())


def _best_first(frames: Iterable[Frame], instant: datetime) -> tuple[Frame, ...]:
    """The frames by distance from the instant, in an order that does not depend on that of the messages."""
    return tuple(sorted(frames, key=lambda frame: (abs(frame.frame_time - instant), frame.key)))


def _from_two_units(frames: Iterable[Frame], row: Row | None) -> bool:
    """Whether an instant got frames of different times: a single unit sends one frame in each interval."""
    originals = {frame.frame_time for frame in frames if frame.original_deeplens}
    seen = {row.frame_time} if row is not None and row.frame_time else set()
    return bool(originals) and len(originals | seen) > 1


def _storage_of(notice: ReceivedNotice, rows: Mapping[RowKey, Row], retention: timedelta) -> StorageTask:
    camera, instant = notice.camera, notice.instant
    messages = frozenset({notice.message_id})
    if (camera.camera_id, instant) in rows:
        return StorageTask(messages, quarter=_quarter(camera, instant))
    if not camera.is_due(instant):
        return StorageTask(messages)
    row = gap_row(camera, instant, notice.reason, retention)
    return StorageTask(messages, row, _quarter(camera, instant))


def _quarter(camera: Camera, instant: datetime) -> RowKey:
    return camera.camera_id, quarter_start(instant)
