"""Compares the clock of this machine with AWS's, and a camera's with that of Kinesis Video Streams. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from ingest.durations import duration_text
from ingest.frames.keys import CLOCK_TOLERANCE
from ingest.kvs.video import ListedFragment

NOTICED = timedelta(seconds=30)
"""A larger difference between two clocks is a warning."""

REFUSED = timedelta(minutes=5)
"""At a larger difference AWS refuses signatures ("Signing AWS API requests")."""

LATE = timedelta(minutes=2)
"""How long after its recording a camera's video may arrive without a warning."""

_SHORTEST_SPAN = timedelta(seconds=10)


def judge_own(ours: datetime, aws: datetime) -> Finding:
    """Compare this machine's clock with that of AWS; `aws` has whole seconds."""
    off = ours - aws
    direction = "ahead of" if off > timedelta() else "behind"
    sentence = f"this machine's clock is {duration_text(abs(off))} {direction} that of AWS"
    if abs(off) >= REFUSED:
        return wrong(f"{sentence}: AWS refuses its signatures", "set it, preferably with NTP")
    if abs(off) >= NOTICED:
        return warning(sentence, "set it, preferably with NTP: from 5 minutes on AWS refuses its signatures")
    return ok("this machine's clock agrees with that of AWS")


def trusted_time(own: datetime, aws: datetime) -> datetime:
    """The time for all other checks: that of this machine, or that of AWS if they differ noticeably."""
    return aws if abs(own - aws) >= NOTICED else own


def judge_camera(camera_id: str, listed: Sequence[ListedFragment]) -> Iterator[Finding]:
    """Compare the producer time of the newest fragment with its server time; `listed` is by server time."""
    newest = listed[-1]
    late = newest.server_time - newest.start
    off = duration_text(abs(late))
    if late < -CLOCK_TOLERANCE:
        yield wrong(
            f"the clock of camera {camera_id!r} is {off} ahead: its frames are refused",
            "set the clock of the camera or of its sender",
        )
    elif late < -NOTICED:
        yield warning(
            f"the clock of camera {camera_id!r} is {off} ahead: from 2 minutes on its frames are refused",
            "set the clock of the camera or of its sender",
        )
    elif late <= LATE:
        yield ok("its clock agrees with that of KVS")
    elif (slow := is_slow_clock(listed)) is None:
        yield warning(
            f"the video of camera {camera_id!r} carries times {off} before its arrival: it is"
            " late, or its clock is slow",
            "compare the clock of the camera with yours",
        )
    elif slow:
        yield wrong(
            f"the clock of camera {camera_id!r} is {off} slow: live video and its counts get"
            " times that are too early",
            "set the clock of the camera or of its sender",
        )
    else:
        yield note(
            f"the video of camera {camera_id!r} arrives {off} late and faster than real time: its"
            " sender catches up after an outage",
        )


def is_slow_clock(listed: Sequence[ListedFragment]) -> bool | None:
    """Whether video with old times arrives in real time and is therefore live; None if there is too little.

    Video that was stored during an outage arrives as fast as the network carries it.
    """
    first, last = listed[0], listed[-1]
    recorded, arrived = last.start - first.start, last.server_time - first.server_time
    if max(recorded, arrived) < _SHORTEST_SPAN:
        return None
    return abs(recorded - arrived) <= max(timedelta(seconds=2), arrived / 10)
