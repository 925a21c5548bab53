"""Whether the counting of a camera keeps up, at a fixed time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from counter.diagnosis.darkness import Darkness
from counter.rows.occupancy import Row
from infra.cli.doctor.cameras.backlog import (
    judge_closing,
    judge_coverage,
    judge_darkness,
    judge_frames,
    judge_last_row,
    judge_no_picture,
    judge_pull,
)
from infra.cli.doctor.checks.findings import Finding, Level
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
"""A Sunday."""


def minutes(number: float) -> datetime:
    return NOW - timedelta(minutes=number)


def registered(
    pulled: float | None = None, closed: float | None = None, since: float = 600, hours: str = "always"
) -> RegisteredCamera:
    """Times in minutes ago."""
    camera = Camera("door", "berlin-1", minutes(since), sampling=Sampling(60, opening_hours=parse(hours)))
    until = None if pulled is None else minutes(pulled)
    return RegisteredCamera(camera, 1, PullCursor(until), None if closed is None else minutes(closed))


def row(instant: datetime, reason: GapReason | None = None) -> Row:
    count = None if reason else 1
    return Row("door", instant, "berlin-1", "door", 60, Source.KVS, NOW, count=count, reason=reason)


def levels(findings: Sequence[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


@pytest.mark.parametrize(
    ("camera", "level", "words"),
    [
        (registered(pulled=1), Level.OK, "the pull read its video 60 s ago"),
        (
            registered(pulled=30),
            Level.WRONG,
            "has not read its video since 13:32 UTC, and its instants from 13:32 UTC on are due",
        ),
        (registered(pulled=30, hours="mon 09:00-20:00"), Level.OK, "30 min ago"),
        (
            registered(),
            Level.WRONG,
            "the pull has never read its video, and its instants from 04:02 UTC on are due",
        ),
        (registered(since=2), Level.NOTE, "has not read its video yet"),
    ],
)
def test_the_pull(camera: RegisteredCamera, level: Level, words: str) -> None:
    (finding,) = judge_pull(camera, NOW)
    assert finding.level is level
    assert words in finding.what


def test_a_stream_that_is_too_fast_is_named() -> None:
    fast = replace(registered(pulled=1), cursor=PullCursor(minutes(1), rate=2_000_000))

    _, finding = judge_pull(fast, NOW)

    assert finding.level is Level.WARNING
    assert "its video arrives at 16.0 Mbit/s, and beyond 13.3 Mbit/s some is lost" in finding.what


def test_a_push_camera_has_no_pull() -> None:
    camera = Camera("door", "berlin-1", minutes(600), source=Source.PUSH)
    assert list(judge_pull(RegisteredCamera(camera), NOW)) == []


@pytest.mark.parametrize(
    ("rows", "level", "words"),
    [
        ([row(minutes(2))], Level.OK, "its last row is 2 min old"),
        ([row(minutes(11))], Level.OK, "11 min old"),
        ([row(minutes(30))], Level.WRONG, "no row since 13:32 UTC, although 13:51 UTC was due"),
        ([], Level.WRONG, "no row in the last hour, although 13:51 UTC was due"),
    ],
)
def test_the_last_row(rows: list[Row], level: Level, words: str) -> None:
    finding = judge_last_row(registered().camera, rows, NOW)
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize("source", [Source.KVS, Source.PUSH])
def test_recent_pictures_that_show_nothing_are_named_before_their_hour_is_closed(source: Source) -> None:
    camera = Camera("door", "berlin-1", minutes(600), source=source)
    counted, blank = row(minutes(4)), row(minutes(3), GapReason.NO_PICTURE)
    (fault,) = judge_no_picture(camera, [counted, blank], NOW)
    assert fault.level is Level.WRONG
    assert fault.what.startswith("1 of its 2 rows of the last hour are gaps whose picture is black")
    assert fault.what.endswith("(no_picture), the last of 13:59 UTC")
    (past,) = judge_no_picture(camera, [blank, row(minutes(2))], NOW)
    assert past.level is Level.WARNING
    assert not list(judge_no_picture(camera, [counted, row(minutes(3), GapReason.NO_MEDIA)], NOW))


def test_no_row_where_nothing_was_due_is_well() -> None:
    finding = judge_last_row(registered(hours="mon 09:00-20:00").camera, [], NOW)
    assert finding.level is Level.OK


@pytest.mark.parametrize(
    ("camera", "expected"),
    [
        (registered(closed=17), []),  # 13:45
        (registered(closed=32), []),  # 13:30: the closing of 13:45 may be running
        (registered(closed=62), [Level.WRONG]),
        (registered(), [Level.WRONG]),
        (registered(since=20), []),
        (registered(closed=600, hours="mon 09:00-20:00"), []),
    ],
)
def test_the_closing(camera: RegisteredCamera, expected: list[Level]) -> None:
    assert levels(list(judge_closing(camera, NOW))) == expected


def test_coverage_in_words() -> None:
    due = [minutes(number) for number in range(6)]
    rows = [
        row(instant, reason)
        for instant, reason in zip(
            due, [None, *[GapReason.NO_MEDIA] * 3, GapReason.GOP_TOO_LONG], strict=False
        )
    ]
    (finding,) = judge_coverage(due, rows)
    assert finding.level is Level.WARNING
    assert finding.what == (
        "1 of 6 instants of the last closed hour are counted: 3 without video (no_media);"
        " 1 without a keyframe close enough (gop_too_long)"
    )
    assert finding.do == "check the camera and the sender of its video"
    (nothing,) = judge_coverage(due, [row(instant, GapReason.NOT_PULLED) for instant in due])
    assert nothing.level is Level.WRONG
    (all_of_it,) = judge_coverage(due, map(row, due))
    assert all_of_it == Finding(Level.OK, "6 of 6 instants of the last closed hour are counted")
    assert levels(list(judge_coverage([], []))) == [Level.OK]


def test_a_dark_camera() -> None:
    darkness = Darkness(minutes(90), GapReason.NO_MEDIA, 90, minutes(100), minutes(85))
    finding = judge_darkness(registered().camera, darkness, NOW)
    assert finding == Finding(
        Level.WRONG,
        "it is dark: no count since 12:32 UTC, 90 gaps, the last instants without video (no_media)",
        "check the camera and the sender of its video",
    )


def test_frames_in_the_bucket() -> None:
    assert judge_frames([minutes(1), minutes(14)], NOW).level is Level.OK
    stale = judge_frames([minutes(1), minutes(16), minutes(80)], NOW)
    assert stale.what == "2 of its frames wait in the bucket, the oldest for 80 min"
