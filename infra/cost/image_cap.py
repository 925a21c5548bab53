"""The most images that the cameras may need in a month, and which setting would fit. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil

from infra.cost.fleet import Fleet
from infra.cost.registered import fleet_of, hours_a_day
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera
from ingest.registry.sampling import SAMPLE_EVERY_RANGE

DAYS = 30
INTERVALS = [each for each in SAMPLE_EVERY_RANGE if 900 % each == 0 or each == SAMPLE_EVERY_RANGE[-1]]
"""What is suggested, in seconds: whole parts of a quarter hour, and the longest interval."""


class ImageCapPassed(OccupancyError):
    """A change after which the cameras need more images in a month than the stack's MonthlyImageCap."""


@dataclass(frozen=True)
class Fit:
    """What keeps changed cameras within the cap: an interval in seconds, or hours a day; None: none does."""

    sample_every: int | None
    hours: float | None


def images_a_month(camera: Camera) -> float:
    """The images that a camera needs in 30 days, in its newest timing."""
    return fleet_of(camera, Fleet(days=DAYS)).samples


def check_image_cap(cap: int, before: Mapping[str, Camera], changed: Collection[Camera]) -> None:
    """Raise ImageCapPassed if `changed` makes the images of a month more, and more than `cap`; 0 is no cap.

    `before` has all cameras of the registry by ID.
    """
    after = {**before, **{camera.camera_id: camera for camera in changed}}
    needed, former = (sum(map(images_a_month, cameras.values())) for cameras in (after, before))
    if not cap or needed <= max(cap, former):
        return
    ids = {camera.camera_id for camera in changed}
    left = cap - sum(images_a_month(camera) for camera_id, camera in after.items() if camera_id not in ids)
    raise ImageCapPassed(
        f"the cameras would need {ceil(needed):,} images a month, and the stack's MonthlyImageCap is {cap:,}:"
        f" {_way_out(fit(left, changed))}; nothing was written"
    )


def fit(left: float, changed: Collection[Camera]) -> Fit:
    """The shortest interval, or the most hours, with which the changed cameras need at most `left` images.

    Cameras with a longer interval, or fewer hours, keep theirs. Hours are whole quarters.
    """
    timings = [(hours_a_day(camera.sampling), camera.sampling.sample_every) for camera in changed]

    def images(shortest: int, longest: float) -> float:
        return sum(min(hours, longest) * 3600 * DAYS / max(every, shortest) for hours, every in timings)

    quarters = range(24 * 4, 0, -1)
    return Fit(
        next((each for each in INTERVALS if images(each, 24) <= left), None),
        next((each / 4 for each in quarters if images(1, each / 4) <= left), None),
    )


def _way_out(fits: Fit) -> str:
    ways = []
    if fits.sample_every is not None:
        ways.append(f"an interval of {fits.sample_every} s")
    if fits.hours is not None:
        ways.append(f"opening hours of at most {fits.hours:g} h a day")
    if not ways:
        return "nothing fits: count other cameras less often, or deploy with a higher cap"
    return f"{' or '.join(ways)} would fit, or deploy with a higher cap"
