"""The clocks: this machine's against AWS's, and each camera's against that of Kinesis Video Streams. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from ingest.durations import duration_text
from ingest.frames.keys import CLOCK_TOLERANCE
from ingest.kvs.video import ListedFragment

NOTICED = timedelta(seconds=30)
"""From here on a clock is worth a warning."""

REFUSED = timedelta(minutes=5)
"""From here on AWS refuses signatures ("Signing AWS API requests")."""

LATE = timedelta(minutes=2)
"""How much later than it was taken a camera's video may come without a word."""

_LEAST_SPAN = timedelta(seconds=10)


def judge_own(ours: datetime, aws: datetime) -> Finding:
    """`aws` is to the second."""
    off = ours - aws
    which = "ahead of" if off > timedelta() else "behind"
    sentence = f"this machine's clock is {duration_text(abs(off))} {which} that of AWS"
    if abs(off) >= REFUSED:
        return wrong(f"{sentence}: AWS refuses what it signs", "set it, by NTP at best")
    if abs(off) >= NOTICED:
        return warning(sentence, "set it, by NTP at best: from 5 minutes on AWS refuses what it signs")
    return ok("this machine's clock agrees with that of AWS")


def judge_camera(camera_id: str, listed: Sequence[ListedFragment]) -> Iterator[Finding]:
    """`listed` by server time: the newest fragment's producer time against its server time."""
    newest = listed[-1]
    late = newest.server_time - newest.start
    off = duration_text(abs(late))
    if late < -CLOCK_TOLERANCE:
        yield wrong(
            f"the clock of camera {camera_id!r} is {off} ahead: its frames are refused",
            "set the clock of the camera, or of what sends its video",
        )
    elif late < -NOTICED:
        yield warning(
            f"the clock of camera {camera_id!r} is {off} ahead: from 2 minutes on its frames are refused",
            "set the clock of the camera, or of what sends its video",
        )
    elif late <= LATE:
        yield ok("its clock agrees with that of KVS")
    elif (slow := is_slow_clock(listed)) is None:
        yield warning(
            f"the video of camera {camera_id!r} is dated {off} before it came: it is late, or its"
            " clock is slow",
            "compare the clock of the camera with yours",
        )
    elif slow:
        yield wrong(
            f"the clock of camera {camera_id!r} is {off} slow: live video is dated that long ago,"
            " and its counts with it",
            "set the clock of the camera, or of what sends its video",
        )
    else:
        yield note(
            f"the video of camera {camera_id!r} comes {off} late and faster than it was taken:"
            " what sends it catches up after an outage",
        )


def is_slow_clock(listed: Sequence[ListedFragment]) -> bool | None:
    """Whether video with old times comes as fast as it is taken: then it is live. None: too little to tell.

    Video that was kept during an outage comes as fast as the line carries it.
    """
    first, last = listed[0], listed[-1]
    taken, came = last.start - first.start, last.server_time - first.server_time
    if max(taken, came) < _LEAST_SPAN:
        return None
    return abs(taken - came) <= max(timedelta(seconds=2), came / 10)
