"""What the trials of GetImages say about a stream."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.cli.doctor.cameras.trial_findings import Trial, judge
from infra.cli.doctor.checks.findings import Finding, Level
from ingest.registry.camera import Camera, Mode
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def camera(mode: Mode = Mode.FRAGMENTS) -> Camera:
    return Camera("door", "berlin-1", NOW, mode=mode)


def picture(seconds_after_keyframe: float, *, same: bool | None = True) -> Trial:
    keyframe = NOW - timedelta(seconds=seconds_after_keyframe)
    return Trial(NOW, NOW, keyframe, shows_keyframe=same)


def missing(error: str = "NO_MEDIA") -> Trial:
    return Trial(NOW, error=error)


def judged(mode: Mode, due: int, *trials: Trial) -> list[Finding]:
    return list(judge(camera(mode), due, trials, NOW))


def test_a_stream_for_which_get_images_always_answers() -> None:
    given, shown = judged(Mode.FRAGMENTS, 2, picture(0.5), picture(1.5, same=False))

    assert (given.level, given.what) == (Level.OK, "GetImages gave a picture for 2 of 2 instants")
    assert shown.what == (
        "1 of 2 pictures show the keyframe that mode fragments takes, the others another frame; the time that"
        " GetImages names is 1.0 s after the keyframe's (median; 0.5 to 1.5 s)"
    )


@pytest.mark.parametrize(
    ("mode", "level", "words"),
    [
        (Mode.FRAGMENTS, Level.NOTE, "50% NO_MEDIA, 25% MEDIA_ERROR"),
        (Mode.MEDIA, Level.NOTE, "50% NO_MEDIA"),
        (Mode.AUTO, Level.WARNING, "in mode auto fragments are read for them as well"),
        (Mode.IMAGES, Level.WARNING, "in mode images they are gaps"),
    ],
)
def test_pictures_that_are_missing(mode: Mode, level: Level, words: str) -> None:
    found = judged(mode, 4, picture(0), missing(), missing(), missing("MEDIA_ERROR"))[0]

    assert found.level is level
    assert "a picture for 1 of 4 instants" in found.what
    assert words in found.what
    assert (found.do == "`occupancy camera set door --mode fragments`") is (level is Level.WARNING)


def test_instants_without_a_keyframe_are_named_apart() -> None:
    far, given = judged(Mode.AUTO, 5, missing(), missing())

    assert far.what == "3 of the last 5 due instants have no keyframe near enough: all modes miss them"
    assert "0 of 2 instants: 100% NO_MEDIA" in given.what


def test_pictures_that_could_not_be_compared_are_not_counted_as_other_frames() -> None:
    assert len(judged(Mode.AUTO, 1, picture(1, same=None))) == 1


@pytest.mark.parametrize(("due", "words"), [(0, "no instant was due"), (20, "no video of the last 20 due")])
def test_nothing_to_measure(due: int, words: str) -> None:
    (finding,) = judged(Mode.AUTO, due)

    assert finding.level is Level.NOTE
    assert words in finding.what
    # The camera begins now, and its shop is open: its first instant has not settled yet.
    assert finding.do == (
        "try again after 2026-11-22 14:01 UTC, when the next due instant can be measured, if its video"
        " arrives"
    )


def test_a_closed_shop_is_measured_again_when_it_has_opened() -> None:
    hours = Sampling(300, "Europe/Berlin", parse("mon 09:00-20:00"))
    closed = Camera("door", "berlin-1", NOW, sampling=hours)
    (finding,) = judge(closed, 0, [], NOW)
    assert finding.do is not None
    assert finding.do.startswith("try again after 2026-11-23 09:01 CET, ")
