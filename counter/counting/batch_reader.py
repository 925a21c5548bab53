"""Read a batch of messages: frames and gap notices with their cameras and instants, and dead letters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from counter.counting.messages import DeadLetter, FrameArrival, Message, NoticeArrival
from counter.counting.messages import read as read_message
from counter.counting.plan import ReceivedFrame, ReceivedNotice
from counter.rows.placing import Cameras, ParsedKey, Unplaceable, place, reject_ahead, sender_of
from ingest.frames.keys import FrameKey, UnknownFrameKey, parse
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.table import CameraRegistry


@dataclass
class BatchContents:
    """The contents of a batch; `invalid` are messages whose camera has an unreadable registry item."""

    frames: list[ReceivedFrame] = field(default_factory=list)
    notices: list[ReceivedNotice] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    invalid: list[tuple[str, InvalidCamera]] = field(default_factory=list)


@dataclass
class Arrivals:
    """The messages of a batch, parsed; their cameras are not looked up yet."""

    frames: list[tuple[FrameArrival, ParsedKey]] = field(default_factory=list)
    notices: list[NoticeArrival] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)


def read_batch(
    messages: Iterable[Message], bucket: str, registry: CameraRegistry, now: datetime
) -> BatchContents:
    """Parse the messages, look up all their cameras in one call, and assign each frame to its instant."""
    arrivals = parse_messages(messages, bucket)
    keys = [key for _, key in arrivals.frames]
    cameras = look_up(keys, [arrival.notice.camera_id for arrival in arrivals.notices], registry)
    return place_arrivals(arrivals, cameras, now)


def parse_messages(messages: Iterable[Message], bucket: str) -> Arrivals:
    """Parse the messages and the keys of their frames."""
    arrivals = Arrivals()
    for message in messages:
        for arrival in read_message(message.message_id, message.body, bucket):
            match arrival:
                case DeadLetter():
                    arrivals.dead_letters.append(arrival)
                case NoticeArrival():
                    arrivals.notices.append(arrival)
                case FrameArrival():
                    try:
                        arrivals.frames.append((arrival, parse(arrival.key)))
                    except UnknownFrameKey as error:
                        arrivals.dead_letters.append(DeadLetter(arrival.message_id, arrival.body, str(error)))
    return arrivals


def look_up(keys: Sequence[ParsedKey], camera_ids: Sequence[str], registry: CameraRegistry) -> Cameras:
    """All cameras that the keys and IDs name: one BatchGetItem, and a query for each sender."""
    names = {key.camera_id for key in keys if isinstance(key, FrameKey)} | set(camera_ids)
    senders = {sender for key in keys if (sender := sender_of(key))}
    return Cameras(registry.get_many(names), _by_sender(senders, registry))


def place_arrivals(arrivals: Arrivals, cameras: Cameras, now: datetime) -> BatchContents:
    """Assign the frames and notices to their cameras and instants; the batch is read at `now`."""
    contents = BatchContents(dead_letters=list(arrivals.dead_letters))
    for arrival, key in arrivals.frames:
        _place_frame(contents, arrival, key, cameras)
    for notice in arrivals.notices:
        _place_notice(contents, notice, cameras, now)
    return contents


def _by_sender(
    senders: Iterable[str], registry: CameraRegistry
) -> Mapping[str, Sequence[Camera] | InvalidCamera]:
    found: dict[str, Sequence[Camera] | InvalidCamera] = {}
    for sender in senders:
        try:
            found[sender] = registry.by_sender(sender)
        except InvalidCamera as error:
            found[sender] = error
    return found


def _place_frame(contents: BatchContents, arrival: FrameArrival, key: ParsedKey, cameras: Cameras) -> None:
    try:
        frame = place(arrival.key, key, arrival.event_time, cameras)
    except (Unplaceable, OverflowError) as error:  # OverflowError: a time outside the calendar
        contents.dead_letters.append(DeadLetter(arrival.message_id, arrival.body, str(error)))
    except InvalidCamera as error:
        contents.invalid.append((arrival.message_id, error))
    else:
        contents.frames.append(ReceivedFrame(arrival.message_id, frame))


def _place_notice(contents: BatchContents, arrival: NoticeArrival, cameras: Cameras, now: datetime) -> None:
    notice = arrival.notice
    try:
        reject_ahead(f"gap notice for camera {notice.camera_id!r}", notice.instant, now)
        camera = cameras.named(notice.camera_id)
    except Unplaceable as error:
        contents.dead_letters.append(DeadLetter(arrival.message_id, arrival.body, str(error)))
    except InvalidCamera as error:
        contents.invalid.append((arrival.message_id, error))
    else:
        contents.notices.append(ReceivedNotice(arrival.message_id, camera, notice.instant, notice.reason))
