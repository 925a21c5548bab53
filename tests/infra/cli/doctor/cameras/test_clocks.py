"""Which clock is wrong, by how much, and whether video is late or its clock is slow."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.cli.doctor.cameras.clocks import is_slow_clock, judge_camera, judge_own, trusted_time
from infra.cli.doctor.checks.findings import Level
from ingest.kvs.video import ListedFragment

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)


def fragments(late: float, *, taken: float, came: float, count: int = 10) -> list[ListedFragment]:
    """Fragments recorded `taken` s apart that arrive `came` s apart, the newest `late` s after recording."""
    return [
        ListedFragment(
            str(number),
            NOW - timedelta(seconds=late + taken * (count - number)),
            NOW - timedelta(seconds=came * (count - number)),
            timedelta(seconds=1.96),
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0.9, Level.OK, "agrees"),
        (-29, Level.OK, "agrees"),
        (31, Level.WARNING, "31 s ahead of"),
        (-240, Level.WARNING, "4 min behind"),
        (-301, Level.WRONG, "5 min behind that of AWS: AWS refuses"),
    ],
)
def test_our_own_clock(seconds: float, level: Level, words: str) -> None:
    finding = judge_own(NOW + timedelta(seconds=seconds), NOW)
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize(
    ("listed", "level", "words"),
    [
        (fragments(1, taken=2, came=2), Level.OK, "agrees with that of KVS"),
        (fragments(-45, taken=2, came=2), Level.WARNING, "is 45 s ahead"),
        (fragments(-121, taken=2, came=2), Level.WRONG, "is 2 min ahead: its frames are refused"),
        (fragments(119, taken=2, came=2), Level.OK, "agrees"),
        (
            fragments(600, taken=2, came=2),
            Level.WRONG,
            "is 10 min slow: live video and its counts get times that are too early",
        ),
        (fragments(600, taken=2, came=0.1), Level.NOTE, "arrives 10 min late and faster than real time"),
        (fragments(600, taken=2, came=2, count=2), Level.WARNING, "it is late, or its clock is slow"),
    ],
)
def test_a_camera_s_clock(listed: list[ListedFragment], level: Level, words: str) -> None:
    (finding,) = judge_camera("door", listed)
    assert finding.level is level
    assert words in finding.what


def test_video_a_little_faster_than_real_time_is_not_a_slow_clock() -> None:
    assert is_slow_clock(fragments(600, taken=2, came=1.5, count=60)) is False
    assert is_slow_clock(fragments(600, taken=2, came=1.95, count=60)) is True


@pytest.mark.parametrize(("seconds", "trusts_aws"), [(29, False), (-29, False), (30, True), (-30, True)])
def test_a_clock_that_is_noticeably_off_is_not_trusted(seconds: float, trusts_aws: bool) -> None:
    own = NOW + timedelta(seconds=seconds)
    assert trusted_time(own, NOW) == (NOW if trusts_aws else own)
