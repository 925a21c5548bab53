"""Explains dead letters: what each message is about, and why it could not be handled."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from counter.counting.batch_reader import read_batch
from counter.counting.messages import FrameArrival, Message, NoticeArrival, read
from ingest.frames.messages import PullRequest
from ingest.registry.camera import InvalidCamera
from ingest.registry.table import CameraRegistry, UnknownCamera
from ingest.times import to_text


class SourceQueue(StrEnum):
    """The queue whose dead letter a message is."""

    FRAME = "frame"
    PULL = "pull"


@dataclass(frozen=True)
class DeadLetter:
    """A message of a dead-letter queue; `reason` is what the counter wrote on it, if it did.

    `max_receives` is how often the source queue delivers a message before SQS moves it here.
    """

    message_id: str
    source: SourceQueue
    sent: datetime
    body: str
    max_receives: int
    reason: str | None = None


@dataclass(frozen=True)
class Explained:
    """A dead letter with what it is about, why it is here, and what is lost if it is deleted."""

    letter: DeadLetter
    what: str
    reason: str
    lost: str


def explain(
    letters: Iterable[DeadLetter], bucket: str, registry: CameraRegistry, now: datetime
) -> list[Explained]:
    """Explain every dead letter, in the given order; reads the cameras they name from the registry."""
    letters = list(letters)
    frames = [letter for letter in letters if letter.source is SourceQueue.FRAME]
    pulls = [letter for letter in letters if letter.source is SourceQueue.PULL]
    reasons = _frame_reasons(frames, bucket, registry, now) | _pull_reasons(pulls, registry)
    return [
        Explained(letter, what, letter.reason or reasons.get(letter.message_id) or _exhausted(letter), lost)
        for letter in letters
        for what, lost in [_contents(letter, bucket)]
    ]


def _exhausted(letter: DeadLetter) -> str:
    function = "counter" if letter.source is SourceQueue.FRAME else "pull"
    return f"was received {letter.max_receives} times without success: the log of {function} says why"


def _frame_reasons(
    letters: Sequence[DeadLetter], bucket: str, registry: CameraRegistry, now: datetime
) -> dict[str, str]:
    """Why the counter would refuse the messages now: message ID -> reason."""
    messages = [Message(letter.message_id, letter.body) for letter in letters]
    contents = read_batch(messages, bucket, registry, now)
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for refused in contents.dead_letters:
        reasons[refused.message_id].append(refused.reason)
    for message_id, error in contents.invalid:
        reasons[message_id].append(str(error))
    return {message_id: "; ".join(dict.fromkeys(texts)) for message_id, texts in reasons.items()}


def _pull_reasons(letters: Sequence[DeadLetter], registry: CameraRegistry) -> dict[str, str]:
    cameras: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for letter in letters:
        try:
            cameras[letter.message_id] = PullRequest.from_body(letter.body).camera_id
        except ValueError:
            reasons[letter.message_id] = "is not a pull request: only the schedule may send to this queue"
    known = registry.get_many(cameras.values())
    for message_id, camera_id in cameras.items():
        camera = known.get(camera_id)
        if camera is None:
            reasons[message_id] = str(UnknownCamera(camera_id))
        elif isinstance(camera, InvalidCamera):
            reasons[message_id] = str(camera)
    return reasons


def _contents(letter: DeadLetter, bucket: str) -> tuple[str, str]:
    """What a message is about, and what is lost with it. An unknown body is not quoted."""
    unknown = f"unknown message, {len(letter.body.encode())} bytes", "a message that nothing can read"
    if letter.source is SourceQueue.PULL:
        try:
            camera_id = PullRequest.from_body(letter.body).camera_id
        except ValueError:
            return unknown
        return f"pull of camera {camera_id!r}", "nothing: the next pull fetches what was missed"
    contents, losses = [], []
    for arrival in read(letter.message_id, letter.body, bucket):
        match arrival:
            case FrameArrival(key=key):
                contents.append(key)
                losses.append(
                    f"the count of {key!r}: its instant becomes a gap, and its image is deleted within a day"
                )
            case NoticeArrival(notice=notice):
                instant = to_text(notice.instant)
                contents.append(f"gap of camera {notice.camera_id!r} at {instant}: {notice.reason}")
                losses.append(f"why camera {notice.camera_id!r} has no count at {instant} ({notice.reason})")
    return (", ".join(contents), "; ".join(losses)) if contents else unknown
