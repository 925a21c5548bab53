from datetime import UTC, datetime, timedelta

import pytest

from infra.cli.doctor.cameras.picture_cost import judge_pictures, pictures_a_month
from infra.cli.doctor.checks.findings import Level
from ingest.registry.camera import Camera, Mode
from ingest.registry.opening_hours import ALWAYS, OpeningHours, parse
from ingest.registry.registered import ImageMemory, PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def camera(mode: Mode = Mode.AUTO, every: int = 60, hours: OpeningHours = ALWAYS) -> Camera:
    return Camera("door", "berlin", NOW - HOUR, mode=mode, sampling=Sampling(every, opening_hours=hours))


@pytest.mark.parametrize(
    ("every", "hours", "expected"),
    [
        (60, ALWAYS, 2 * 30 * 24 * 60),
        (300, ALWAYS, 2 * 30 * 24 * 12),
        (5, ALWAYS, 13 * 30 * 24 * 60),  # twelve instants in a minute, thirteen pictures
        (30, ALWAYS, 3 * 30 * 24 * 60),
        (60, parse("mon-sun 10:00-22:00"), 2 * 30 * 12 * 60),
        (60, parse("mon 10:00-11:00"), round(2 * 60 * 30 / 7)),
    ],
)
def test_the_pictures_of_a_month(every: int, hours: OpeningHours, expected: int) -> None:
    assert pictures_a_month(camera(every=every, hours=hours), NOW) == expected


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.IMAGES])
def test_a_mode_that_pays_for_pictures_is_named(mode: Mode) -> None:
    (finding,) = judge_pictures(RegisteredCamera(camera(mode)), HOUR, NOW)

    assert finding.level is Level.NOTE
    assert finding.what.startswith(f"mode {mode} asks GetImages for about 86,400 pictures a month")
    assert finding.do == "`occupancy camera set door --mode fragments`"


@pytest.mark.parametrize(
    ("registered", "retention"),
    [
        (RegisteredCamera(camera(Mode.FRAGMENTS)), HOUR),
        (RegisteredCamera(camera(Mode.MEDIA)), HOUR),
        (RegisteredCamera(camera()), timedelta()),  # auto reads it live
        (
            RegisteredCamera(camera(), cursor=PullCursor(images=ImageMemory(rests_until=NOW + HOUR))),
            HOUR,
        ),
    ],
)
def test_no_picture_is_paid_for(registered: RegisteredCamera, retention: timedelta) -> None:
    assert list(judge_pictures(registered, retention, NOW)) == []
