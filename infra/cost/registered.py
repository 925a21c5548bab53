"""The cameras of the registry as fleets of the model. Pure."""

from dataclasses import replace

from infra.cost.fleet import Delivery, Fleet
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.opening_hours import MINUTES_PER_WEEK, OpeningHours
from ingest.registry.sampling import Sampling

DELIVERIES = {Source.KVS: Delivery.KVS, Source.PUSH: Delivery.PUSH}


def open_hours(hours: OpeningHours) -> float:
    """Hours a day, on the average of a week; changes of the clocks are left out."""
    open_minutes = sum(end - start for spans in hours.days for start, end in spans)
    return 24 * open_minutes / MINUTES_PER_WEEK


def fleet_of(camera: Camera, assumed: Fleet) -> Fleet:
    """One camera in its newest timing; `assumed` has what the registry does not say.

    A disabled camera has no hours, and nothing is sent or pulled. A stream that is read with GetMedia keeps
    nothing.
    """
    sampling = camera.sampling
    return replace(
        assumed,
        cameras=1,
        sample_every=sampling.sample_every,
        hours=hours_a_day(sampling),
        delivery=DELIVERIES[camera.source] if sampling.enabled else Delivery.PUSH,
        mode=camera.mode,
        foreign=camera.original_deeplens,
        retention=0 if camera.mode is Mode.MEDIA else assumed.retention,
    )


def hours_a_day(sampling: Sampling) -> float:
    """The hours a day in which the camera is counted."""
    return open_hours(sampling.opening_hours) if sampling.enabled else 0.0
