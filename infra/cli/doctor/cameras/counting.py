"""How far a camera has come: the pull's looks, its rows, the last closed hour, and frames that wait."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from counter.rows.occupancy import Row
from counter.rows.quarters import GRACE, closable_until
from counter.rows.table import OccupancyTable
from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from infra.cli.terminal.times import show_time
from ingest.durations import duration_text
from ingest.frames.keys import PREFIX
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SOON = timedelta(minutes=5)
"""Until when a due instant should have been looked at."""

ROW_SOON = timedelta(minutes=10)
"""Until when an instant of an ordinary day has its row."""

STALE = timedelta(minutes=15)
"""How long a frame waits in the bucket at most while the counter keeps up."""

HOUR = timedelta(hours=1)

REASONS: Mapping[GapReason, tuple[str, str]] = {
    GapReason.NO_MEDIA: ("without video", "look at the camera and at what sends its video"),
    GapReason.MEDIA_ERROR: (
        "with video that cannot be read",
        "see what the stream's findings say, and the log of pull",
    ),
    GapReason.GOP_TOO_LONG: (
        "without a keyframe near enough",
        "shorten the camera's keyframe interval (GOP, I-frame interval) to 2 s",
    ),
    GapReason.NO_FRAME: (
        "for which nothing was sent",
        "look at the camera, the unit or the gateway that sends",
    ),
    GapReason.NOT_PULLED: (
        "that the pull has not looked at",
        "see the functions and queues above, and the log of pull",
    ),
    GapReason.NOT_COUNTED: (
        "whose frame waits in the bucket",
        "see the frame queue above, and the log of counter",
    ),
    GapReason.NOT_LOCALISED: (
        "with people, but nobody's place",
        "bring the camera nearer, or make its image sharper",
    ),
    GapReason.UNREADABLE_IMAGE: ("with an image that Rekognition cannot read", "the log of counter says why"),
    GapReason.EXPIRED: ("whose frame was gone before it was counted", "see the age of the frame queue above"),
}
"""In words, after a number of instants, and what to do."""


def judge_look(registered: RegisteredCamera, now: datetime) -> Iterator[Finding]:
    """Whether the pull keeps up with what is due."""
    camera, until = registered.camera, registered.cursor.until
    if camera.source is not Source.KVS:
        return
    waiting = next(camera.due(until or camera.since, now - SOON), None)
    if waiting is not None:
        zone = camera.sampling.time_zone
        looked = f"not since {show_time(until, zone, short_at=now)}" if until else "never"
        yield wrong(
            f"the pull has looked {looked}, and {show_time(waiting, zone, short_at=now)} and later are due",
            "see the functions and queues above; the log of pull names the camera",
        )
    elif until is None:
        yield note("the pull has not looked yet: nothing has been due for long")
    else:
        yield ok(f"the pull looked {duration_text(now - until)} ago")


def check_rows(table: OccupancyTable, registered: RegisteredCamera, now: datetime) -> Iterator[Finding]:
    """Its last row, and its last closed hour."""
    camera = registered.camera
    rows = table.outlines(camera.camera_id, now - HOUR, now)
    yield judge_last_row(camera, rows, now)
    yield from judge_closing(registered, now)
    if end := registered.closed_until:
        due = list(camera.due(end - HOUR, end))
        yield from judge_coverage(due, table.outlines(camera.camera_id, end - HOUR, end))


def judge_last_row(camera: Camera, rows: Sequence[Row], now: datetime) -> Finding:
    """`rows` are those of the last hour, in order."""
    zone = camera.sampling.time_zone
    last = rows[-1].instant if rows else None
    due = list(camera.due(now - HOUR, now - ROW_SOON))
    if due and (last is None or last < due[-1]):
        since = f"since {show_time(last, zone, short_at=now)}" if last else "in the last hour"
        return wrong(
            f"no row {since}, though {show_time(due[-1], zone, short_at=now)} was due",
            "its frames do not come, or are not counted: see the findings above it, and the frame queue",
        )
    if last is None:
        return ok("no row in the last hour, and nothing due")
    return ok(f"its last row is {duration_text(now - last)} old")


def judge_closing(registered: RegisteredCamera, now: datetime) -> Iterator[Finding]:
    """Whether the quarter hours that are over are closed."""
    camera = registered.camera
    closed = registered.closed_until or camera.since
    # The closing that is to close it may be just running.
    until = closable_until(now) - QUARTER_HOUR
    if next(camera.due(closed, until), None) is not None:
        yield wrong(
            f"its quarter hours are closed until {show_time(closed, camera.sampling.time_zone)} only",
            f"{GRACE // timedelta(minutes=1)} minutes after its end each should be: see ClosingFunction"
            " above, and the log of closing",
        )


def judge_coverage(due: Sequence[datetime], rows: Iterable[Row]) -> Iterator[Finding]:
    """`due` and `rows` of one closed hour."""
    if not due:
        yield ok("nothing was due in the last closed hour")
        return
    reasons = Counter(row.reason for row in rows)
    counted = reasons.pop(None, 0)
    sentence = f"{counted} of {len(due)} instants of the last closed hour are counted"
    if counted == len(due):
        yield ok(sentence)
        return
    gaps = [(reason, number) for reason, number in reasons.most_common() if reason is not None]
    words = "; ".join(f"{number} {REASONS[reason][0]} ({reason})" for reason, number in gaps)
    way_out = REASONS[gaps[0][0]][1] if gaps else "see ClosingFunction above"
    judged = warning if counted else wrong
    yield judged(f"{sentence}: {words or 'the others have no row'}", way_out)


def check_frames(s3: "S3Client", bucket: str, camera_id: str, now: datetime) -> Iterator[Finding]:
    """The camera's frames in the bucket; a thousand are enough to know."""
    answer = s3.list_objects_v2(Bucket=bucket, Prefix=f"{PREFIX}{camera_id}/")
    yield judge_frames([entry["LastModified"] for entry in answer.get("Contents", [])], now)


def judge_frames(stored: Sequence[datetime], now: datetime) -> Finding:
    """By when the frames were stored."""
    stale = [time for time in stored if now - time > STALE]
    if not stale:
        return ok(f"{len(stored)} of its frames wait to be counted")
    return wrong(
        f"{len(stale)} of its frames wait in the bucket, the oldest for {duration_text(now - min(stale))}",
        "see the frame queue and its dead letters above, and the log of counter",
    )
