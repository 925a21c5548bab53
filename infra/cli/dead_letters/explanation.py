"""Explains dead letters: what each message is about, and why it could not be handled."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from counter.counting.batch_reader import read_batch
from counter.counting.messages import FrameArrival, Message, NoticeArrival, read
from counter.rows.placing import Frame
from ingest.frames.messages import PullRequest
from ingest.registry.camera import InvalidCamera
from ingest.registry.registry_errors import UnknownCamera
from ingest.registry.table import CameraRegistry
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
    """A dead letter with what it is about, why it is here, and what is lost if it is deleted.

    `refused`: with today's registry its function can never handle it, so it would come back at once.
    """

    letter: DeadLetter
    what: str
    reason: str
    lost: str
    refused: bool = False


@dataclass(frozen=True)
class _Assessment:
    """What would happen to dead letters now: by ID, why their function refuses them.

    `partly` are those of which a part is handled; `counted` are IDs and keys of frames that are due.
    """

    reasons: Mapping[str, str]
    partly: Set[str] = frozenset()
    counted: Set[tuple[str, str]] = frozenset()

    def refuses(self, letter: DeadLetter) -> bool:
        return letter.message_id in self.reasons and letter.message_id not in self.partly


def explain(
    letters: Iterable[DeadLetter], bucket: str, registry: CameraRegistry, now: datetime
) -> list[Explained]:
    """Explain every dead letter, in the given order; reads the cameras they name from the registry."""
    letters = list(letters)
    frames = [letter for letter in letters if letter.source is SourceQueue.FRAME]
    pulls = [letter for letter in letters if letter.source is SourceQueue.PULL]
    assessments = {
        SourceQueue.FRAME: _assess_frames(frames, bucket, registry, now),
        SourceQueue.PULL: _Assessment(_pull_reasons(pulls, registry)),
    }
    return [_explained(letter, bucket, assessments[letter.source]) for letter in letters]


def _explained(letter: DeadLetter, bucket: str, assessment: _Assessment) -> Explained:
    what, lost = _contents(letter, bucket, assessment)
    reason = letter.reason or assessment.reasons.get(letter.message_id) or _exhausted(letter)
    return Explained(letter, what, reason, lost, assessment.refuses(letter))


def _exhausted(letter: DeadLetter) -> str:
    function = "counter" if letter.source is SourceQueue.FRAME else "pull"
    return f"was received {letter.max_receives} times without success: the log of {function} says why"


def _assess_frames(
    letters: Sequence[DeadLetter], bucket: str, registry: CameraRegistry, now: datetime
) -> _Assessment:
    """What the counter would do with the messages now."""
    messages = [Message(letter.message_id, letter.body) for letter in letters]
    contents = read_batch(messages, bucket, registry, now)
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for refused in contents.dead_letters:
        reasons[refused.message_id].append(refused.reason)
    for message_id, error in contents.invalid:
        reasons[message_id].append(str(error))
    return _Assessment(
        {message_id: "; ".join(dict.fromkeys(texts)) for message_id, texts in reasons.items()},
        {received.message_id for received in contents.frames}
        | {received.message_id for received in contents.notices},
        {
            (received.message_id, received.frame.key)
            for received in contents.frames
            if _is_due(received.frame)
        },
    )


def _is_due(frame: Frame) -> bool:
    return frame.instant is not None and frame.camera.is_due(frame.instant)


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


def _contents(letter: DeadLetter, bucket: str, assessment: _Assessment) -> tuple[str, str]:
    """What a message is about, and what is lost with it. An unknown body is not quoted."""
    unknown = f"unknown message, {len(letter.body.encode())} bytes", "a message that nothing can read"
    if letter.source is SourceQueue.PULL:
        try:
            camera_id = PullRequest.from_body(letter.body).camera_id
        except ValueError:
            return unknown
        refused = assessment.refuses(letter)
        kept = "nothing can be pulled for it" if refused else "the next pull fetches what was missed"
        return f"pull of camera {camera_id!r}", f"nothing: {kept}"
    contents, losses = [], []
    for arrival in read(letter.message_id, letter.body, bucket):
        match arrival:
            case FrameArrival(key=key):
                contents.append(key)
                losses.append(_lost_with_frame(letter, key, assessment))
            case NoticeArrival(notice=notice):
                instant = to_text(notice.instant)
                contents.append(f"gap of camera {notice.camera_id!r} at {instant}: {notice.reason}")
                why = f"why camera {notice.camera_id!r} has no count at {instant} ({notice.reason})"
                losses.append(f"nothing: no row can say {why}" if assessment.refuses(letter) else why)
    return (", ".join(contents), "; ".join(losses)) if contents else unknown


def _lost_with_frame(letter: DeadLetter, key: str, assessment: _Assessment) -> str:
    if (letter.message_id, key) in assessment.counted:
        return f"the count of {key!r}: its instant becomes a gap, and its image is deleted within a day"
    return f"the image {key!r}, which no camera waits for: it is not counted, and it is deleted within a day"
