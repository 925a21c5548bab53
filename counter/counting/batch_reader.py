"""A batch of messages to frames and gap notices in their places, and to what is refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from counter.counting.messages import FrameArrival, NoticeArrival, Refusal
from counter.counting.messages import read as read_message
from counter.counting.plan import Arrived, Noticed
from counter.rows.placing import Cameras, Key, Refused, place, refuse_ahead, sender_of
from ingest.frames.keys import FrameKey, UnknownFrameKey, parse
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.table import CameraRegistry


@dataclass(frozen=True)
class Message:
    """One message of the frame queue."""

    message_id: str
    body: str


@dataclass
class Intake:
    """What the messages of a batch bring; `unreadable`: messages that need a camera whose item is wrong."""

    arrived: list[Arrived] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unreadable: list[tuple[str, InvalidCamera]] = field(default_factory=list)


def take_in(messages: Iterable[Message], bucket: str, registry: CameraRegistry, now: datetime) -> Intake:
    """Read the messages, look their cameras up in one call, and put each frame in its place."""
    intake = Intake()
    frames: list[tuple[FrameArrival, Key]] = []
    notices: list[NoticeArrival] = []
    for message in messages:
        for arrival in read_message(message.message_id, message.body, bucket):
            match arrival:
                case Refusal():
                    intake.refusals.append(arrival)
                case NoticeArrival():
                    notices.append(arrival)
                case FrameArrival():
                    try:
                        frames.append((arrival, parse(arrival.key)))
                    except UnknownFrameKey as error:
                        intake.refusals.append(Refusal(arrival.message_id, arrival.body, str(error)))
    cameras = look_up([key for _, key in frames], [one.notice.camera_id for one in notices], registry)
    for arrival, key in frames:
        _place_frame(intake, arrival, key, cameras)
    for notice in notices:
        _place_notice(intake, notice, cameras, now)
    return intake


def look_up(keys: Sequence[Key], camera_ids: Sequence[str], registry: CameraRegistry) -> Cameras:
    """All cameras that the keys and ids name: one BatchGetItem, and a query for each sender."""
    names = {key.camera_id for key in keys if isinstance(key, FrameKey)} | set(camera_ids)
    senders = {sender for key in keys if (sender := sender_of(key))}
    return Cameras(registry.get_many(names), _by_sender(senders, registry))


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


def _place_frame(intake: Intake, arrival: FrameArrival, key: Key, cameras: Cameras) -> None:
    try:
        frame = place(arrival.key, key, arrival.event_time, cameras)
    except (Refused, OverflowError) as error:  # OverflowError: a time outside the calendar
        intake.refusals.append(Refusal(arrival.message_id, arrival.body, str(error)))
    except InvalidCamera as error:
        intake.unreadable.append((arrival.message_id, error))
    else:
        intake.arrived.append(Arrived(arrival.message_id, frame))


def _place_notice(intake: Intake, arrival: NoticeArrival, cameras: Cameras, now: datetime) -> None:
    notice = arrival.notice
    try:
        refuse_ahead(f"gap notice for camera {notice.camera_id!r}", notice.instant, now)
        camera = cameras.named(notice.camera_id)
    except Refused as error:
        intake.refusals.append(Refusal(arrival.message_id, arrival.body, str(error)))
    except InvalidCamera as error:
        intake.unreadable.append((arrival.message_id, error))
    else:
        intake.noticed.append(Noticed(arrival.message_id, camera, notice.instant, notice.reason))
