"""What the newest fragments of a camera say about its keyframes and about silence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.cli.doctor.cameras.video import (
    Video,
    judge_age,
    judge_keyframes,
    judge_media,
    judge_stream,
    keyframe_distance,
)
from infra.cli.doctor.checks.findings import Level
from ingest.kvs.video import Fragment, FragmentError, Keyframe, ListedFragment, Track
from ingest.registry.camera import Camera, Mode
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling

NOW = datetime(2026, 11, 22, 14, 0, 30, tzinfo=UTC)
"""A Sunday."""
TRACK = Track(1, "V_MPEG4/ISO/AVC", b"avcC")


def camera(seconds: int = 60, hours: str = "always", mode: Mode = Mode.AUTO) -> Camera:
    return Camera("door", "berlin-1", NOW, mode=mode, sampling=Sampling(seconds, opening_hours=parse(hours)))


def video(*starts: float, keys: tuple[float, ...] = (0,)) -> Video:
    """Fragments that began this many seconds ago; the last one has keyframes at the given seconds."""
    times = [NOW - timedelta(seconds=start) for start in starts]
    listed = tuple(ListedFragment(str(n), time, time, timedelta(0)) for n, time in enumerate(times))
    keyframes = tuple(Keyframe(times[-1] + timedelta(seconds=key), TRACK, b"x") for key in keys)
    return Video(listed, Fragment("1", times[-1], times[-1], keyframes))


@pytest.mark.parametrize(
    ("seen", "seconds"),
    [
        (video(6, 4, 2), 2),
        (video(4), None),
        (video(8, 4, keys=(0, 1, 2.5)), 1.5),
        (video(500, 6, 4, 2), 2),  # a hole is not a keyframe distance
        (video(2, 6, 4), 2),
    ],
)
def test_the_distance_of_keyframes(seen: Video, seconds: float | None) -> None:
    assert keyframe_distance(seen) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("every", "distance", "level"),
    [
        (300, 2, Level.OK),
        (300, 16, Level.WARNING),
        (10, 10, Level.WARNING),
        (10, 10.1, Level.WRONG),
        (300, None, Level.NOTE),
    ],
)
def test_keyframes_for_an_interval(every: int, distance: float | None, level: Level) -> None:
    apart = None if distance is None else timedelta(seconds=distance)
    finding = judge_keyframes(camera(every), apart, NOW)
    assert finding.level is level
    if level is Level.WRONG:
        assert "GOP, I-frame interval" in finding.do
        assert "occupancy camera set door --every" in finding.do


@pytest.mark.parametrize(
    ("seen", "hours", "level", "words"),
    [
        (video(5), "always", Level.OK, "the last video arrived 5 s ago"),
        (video(300), "always", Level.WRONG, "the last video arrived 5 min ago, and the shop is open"),
        (video(300), "mon-sat 09:00-20:00", Level.NOTE, "5 min ago; the shop is closed"),
        (video(300), "sun 13:59-20:00", Level.NOTE, "the shop is closed"),  # it just opened
        (Video(), "always", Level.WRONG, "no video arrived in the last day"),
    ],
)
def test_the_age_of_the_last_video(seen: Video, hours: str, level: Level, words: str) -> None:
    finding = judge_age(camera(hours=hours), seen, NOW)
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize(
    ("media", "words"),
    [
        (FragmentError("1", "FRAGMENT_NOT_FOUND", "error id 4001"), "FRAGMENT_NOT_FOUND error id 4001"),
        (Fragment("1", NOW, NOW, ()), "contains no keyframe"),
    ],
)
def test_media_that_cannot_be_counted(media: Fragment | FragmentError, words: str) -> None:
    (finding,) = judge_media(media)
    assert finding.level is Level.WRONG
    assert words in finding.what


@pytest.mark.parametrize(
    ("changes", "mode", "level", "words"),
    [
        ({}, Mode.AUTO, Level.OK, "is ACTIVE and keeps its video for 24 h"),
        ({"Status": "CREATING"}, Mode.AUTO, Level.WRONG, "is CREATING"),
        ({"DataRetentionInHours": 0}, Mode.IMAGES, Level.WRONG, "and mode images reads stored video"),
        ({"DataRetentionInHours": 0}, Mode.MEDIA, Level.WARNING, "KVS holds its last 5 minutes or 200 MB"),
    ],
)
def test_a_stream(changes: dict[str, Any], mode: Mode, level: Level, words: str) -> None:
    info: Any = {"StreamName": "door", "Version": "v1", "Status": "ACTIVE", "DataRetentionInHours": 24}
    (finding,) = judge_stream(camera(mode=mode), info | changes)
    assert finding.level is level
    assert words in finding.what
    if not changes.get("DataRetentionInHours", 1):
        assert "--stream-name door --current-version v1" in finding.do
