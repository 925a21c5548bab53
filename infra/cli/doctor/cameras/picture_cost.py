"""How many pictures of GetImages a camera's mode pays for. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from infra.cli.doctor.checks.findings import Finding, note
from ingest.registry.camera import Camera, Mode
from ingest.registry.registered import RegisteredCamera

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=30)


def judge_pictures(registered: RegisteredCamera, retention: timedelta, now: datetime) -> Iterator[Finding]:
    """A note with the pictures that a mode pays for; none while GetImages rests or is not used."""
    camera, rests_until = registered.camera, registered.cursor.images.rests_until
    if not retention or camera.mode not in {Mode.AUTO, Mode.IMAGES}:
        return
    if rests_until is not None and now < rests_until:
        return
    yield note(
        f"mode {camera.mode} asks GetImages for about {pictures_a_month(camera, now):,} pictures a month, and"
        " each is charged; mode fragments counts the same instants without them",
        f"`occupancy camera set {camera.camera_id} --mode fragments`",
    )


def pictures_a_month(camera: Camera, now: datetime) -> int:
    """The pictures of 30 days with the opening hours of the next seven."""
    sampling = camera.sampling_at(now)
    minutes = sum(sampling.is_open(now + number * MINUTE) for number in range(WEEK // MINUTE))
    instants = minutes * MINUTE / sampling.step * (MONTH / WEEK)
    return round(instants * pictures_an_instant(sampling.step))


def pictures_an_instant(step: timedelta) -> float:
    """An instant alone costs two pictures, several in the same minute one each and one more."""
    return 1 + 1 / max(1.0, MINUTE / step)
