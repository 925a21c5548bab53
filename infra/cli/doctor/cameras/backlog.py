"""Whether the counting of a camera keeps up: pull, waiting frames, rows, closing and coverage."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from counter.diagnosis.darkness import Darkness
from counter.diagnosis.delays import first_not_pulled, not_closed_since
from counter.diagnosis.health import read_health
from counter.diagnosis.reasons import REASONS, gap_words
from counter.rows.occupancy import Row
from counter.rows.quarters import GRACE
from counter.rows.table import OccupancyTable
from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from ingest.durations import duration_text
from ingest.frames.keys import PREFIX
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.live_reading import WAY_OUT, too_fast
from ingest.registry.registered import RegisteredCamera
from ingest.times import show_time

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROW_SOON = timedelta(minutes=10)
"""Within this time an instant normally has its row."""

STALE = timedelta(minutes=15)
"""A frame that waits longer in the bucket means that the counter does not keep up."""

HOUR = timedelta(hours=1)


def judge_pull(registered: RegisteredCamera, now: datetime) -> Iterator[Finding]:
    """Whether the pull keeps up with the due instants."""
    camera, until = registered.camera, registered.cursor.until
    if camera.source is not Source.KVS:
        return
    waiting = first_not_pulled(registered, now)
    if waiting is not None:
        zone = camera.sampling.time_zone
        last = show_time(until, zone, short_at=now) if until else ""
        progress = f"has not read its video since {last}" if until else "has never read its video"
        due = f"its instants from {show_time(waiting, zone, short_at=now)} on are due"
        yield wrong(
            f"the pull {progress}, and {due}",
            "see the functions and queues above; the log of pull names the camera",
        )
    elif until is None:
        yield note("the pull has not read its video yet: no instant has been due for long")
    else:
        yield ok(f"the pull read its video {duration_text(now - until)} ago")
    if sentence := too_fast(registered.cursor.rate):
        yield warning(sentence, WAY_OUT)


def check_rows(table: OccupancyTable, registered: RegisteredCamera, now: datetime) -> Iterator[Finding]:
    """The camera's last row, its closing and its last closed hour."""
    camera = registered.camera
    rows = table.outlines(camera.camera_id, now - HOUR, now)
    yield judge_last_row(camera, rows, now)
    yield from judge_no_picture(camera, rows, now)
    yield from judge_closing(registered, now)
    if end := registered.closed_until:
        due = list(camera.due(end - HOUR, end))
        yield from judge_coverage(due, table.outlines(camera.camera_id, end - HOUR, end))
        if darkness := read_health(table, camera.camera_id, end).darkness:
            yield judge_darkness(camera, darkness, now)


def judge_last_row(camera: Camera, rows: Sequence[Row], now: datetime) -> Finding:
    """Whether the last due instant has a row; `rows` are the rows of the last hour, in order."""
    zone = camera.sampling.time_zone
    last = rows[-1].instant if rows else None
    due = list(camera.due(now - HOUR, now - ROW_SOON))
    if due and (last is None or last < due[-1]):
        since = f"since {show_time(last, zone, short_at=now)}" if last else "in the last hour"
        return wrong(
            f"no row {since}, although {show_time(due[-1], zone, short_at=now)} was due",
            "its frames do not arrive or are not counted: see the findings above and the frame queue",
        )
    if last is None:
        return ok("no row in the last hour, and nothing was due")
    return ok(f"its last row is {duration_text(now - last)} old")


def judge_no_picture(camera: Camera, rows: Sequence[Row], now: datetime) -> Iterator[Finding]:
    """The pictures of the last hour that show nothing or are frozen, also before their hour is closed."""
    blank = [row.instant for row in rows if row.reason is GapReason.NO_PICTURE]
    if not blank:
        return
    words, way_out = REASONS[GapReason.NO_PICTURE]
    last = show_time(blank[-1], camera.sampling.time_zone, short_at=now)
    level = wrong if blank[-1] == rows[-1].instant else warning
    yield level(
        f"{len(blank)} of its {len(rows)} rows of the last hour are gaps {words}"
        f" ({GapReason.NO_PICTURE}), the last of {last}",
        way_out,
    )


def judge_closing(registered: RegisteredCamera, now: datetime) -> Iterator[Finding]:
    """Whether past quarter hours are closed."""
    camera = registered.camera
    if (closed := not_closed_since(registered, now)) is not None:
        yield wrong(
            f"its quarter hours are only closed until {show_time(closed, camera.sampling.time_zone)}",
            f"each should be closed {GRACE // timedelta(minutes=1)} minutes after its end: see"
            " ClosingFunction above and the log of closing",
        )


def judge_coverage(due: Sequence[datetime], rows: Iterable[Row]) -> Iterator[Finding]:
    """How many due instants of one closed hour are counted, and why the others are not."""
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
    words = gap_words(gaps)
    way_out = REASONS[gaps[0][0]][1] if gaps else "see ClosingFunction above"
    level = warning if counted else wrong
    yield level(f"{sentence}: {words or 'the others have no row'}", way_out)


def judge_darkness(camera: Camera, darkness: Darkness, now: datetime) -> Finding:
    """Since when and why a camera has had no count, as the daily message says it."""
    since = show_time(darkness.since, camera.sampling.time_zone, short_at=now)
    words, way_out = REASONS[darkness.reason]
    return wrong(
        f"it is dark: no count since {since}, {darkness.gaps} gaps, the last instants {words}"
        f" ({darkness.reason})",
        way_out,
    )


def check_frames(s3: "S3Client", bucket: str, camera_id: str, now: datetime) -> Iterator[Finding]:
    """The camera's frames in the bucket; a page of 1,000 is enough."""
    answer = s3.list_objects_v2(Bucket=bucket, Prefix=f"{PREFIX}{camera_id}/")
    yield judge_frames([entry["LastModified"] for entry in answer.get("Contents", [])], now)


def judge_frames(stored: Sequence[datetime], now: datetime) -> Finding:
    """Whether a frame has waited too long; `stored` has the time at which each frame was stored."""
    stale = [time for time in stored if now - time > STALE]
    if not stale:
        return ok(f"{len(stored)} of its frames wait to be counted")
    return wrong(
        f"{len(stale)} of its frames wait in the bucket, the oldest for {duration_text(now - min(stale))}",
        "see the frame queue and its dead letters above and the log of counter",
    )
