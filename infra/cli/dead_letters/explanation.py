"""Dead letters: what each is of, and why nobody could handle it. Pure but for the registry."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from counter.counting.batch_reader import Message, read_batch
from counter.counting.messages import FrameArrival, NoticeArrival, read
from ingest.frames.messages import PullRequest
from ingest.registry.camera import InvalidCamera
from ingest.registry.table import CameraRegistry, UnknownCamera
from ingest.times import to_text


class Queue(StrEnum):
    """Whose dead letter it is."""

    FRAME = "frame"
    PULL = "pull"


@dataclass(frozen=True)
class Letter:
    """A message of a dead-letter queue; `noted` is the reason that the counter wrote on it, if it did.

    `receives` is how often the source queue lets a message come before SQS moves it here.
    """

    message_id: str
    queue: Queue
    sent: datetime
    body: str
    receives: int
    noted: str | None = None


@dataclass(frozen=True)
class Explained:
    """A letter in words: what it is of, why it is here, and what is lost with it."""

    letter: Letter
    what: str
    reason: str
    lost: str


def explain(
    letters: Iterable[Letter], bucket: str, registry: CameraRegistry, now: datetime
) -> list[Explained]:
    """Every letter in words, in their order; asks the registry for the cameras that they name."""
    letters = list(letters)
    frames = [letter for letter in letters if letter.queue is Queue.FRAME]
    pulls = [letter for letter in letters if letter.queue is Queue.PULL]
    reasons = _frame_reasons(frames, bucket, registry, now) | _pull_reasons(pulls, registry)
    return [
        Explained(letter, what, letter.noted or reasons.get(letter.message_id) or _received(letter), lost)
        for letter in letters
        for what, lost in [_contents(letter, bucket)]
    ]


def _received(letter: Letter) -> str:
    reader = "counter" if letter.queue is Queue.FRAME else "pull"
    return f"was received {letter.receives} times without success: the log of {reader} says why"


def _frame_reasons(
    letters: Sequence[Letter], bucket: str, registry: CameraRegistry, now: datetime
) -> dict[str, str]:
    """What the counter would say of them now: message id -> reason."""
    messages = [Message(letter.message_id, letter.body) for letter in letters]
    contents = read_batch(messages, bucket, registry, now)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for dead_letter in contents.dead_letters:
        found[dead_letter.message_id].append(dead_letter.reason)
    for message_id, error in contents.invalid:
        found[message_id].append(str(error))
    return {message_id: "; ".join(dict.fromkeys(reasons)) for message_id, reasons in found.items()}


def _pull_reasons(letters: Sequence[Letter], registry: CameraRegistry) -> dict[str, str]:
    cameras: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for letter in letters:
        try:
            cameras[letter.message_id] = PullRequest.from_body(letter.body).camera_id
        except ValueError:
            reasons[letter.message_id] = "it is no pull request: only the schedule may send to this queue"
    known = registry.get_many(cameras.values())
    for message_id, camera_id in cameras.items():
        camera = known.get(camera_id)
        if camera is None:
            reasons[message_id] = str(UnknownCamera(camera_id))
        elif isinstance(camera, InvalidCamera):
            reasons[message_id] = str(camera)
    return reasons


def _contents(letter: Letter, bucket: str) -> tuple[str, str]:
    """What a letter is of, and what is lost with it. A body that might be anything is not quoted."""
    unknown = f"no message of ours, {len(letter.body.encode())} bytes", "a message that nobody can read"
    if letter.queue is Queue.PULL:
        try:
            camera_id = PullRequest.from_body(letter.body).camera_id
        except ValueError:
            return unknown
        return f"pull of camera {camera_id!r}", "nothing: the next pull fetches what was missed"
    whats, losses = [], []
    for arrival in read(letter.message_id, letter.body, bucket):
        match arrival:
            case FrameArrival(key=key):
                whats.append(key)
                losses.append(f"the count of {key!r}: its instant is a gap, and its image goes within a day")
            case NoticeArrival(notice=notice):
                instant = to_text(notice.instant)
                whats.append(f"gap of camera {notice.camera_id!r} at {instant}: {notice.reason}")
                losses.append(f"why camera {notice.camera_id!r} has no count at {instant} ({notice.reason})")
    return (", ".join(whats), "; ".join(losses)) if whats else unknown
