"""What goes wrong: a camera, a shop's network, single frames, a day of Rekognition. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from infra.local.past.sessions import Session, generator
from infra.local.past.shops import Shop
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source

CAMERA_FAILS = 0.02
"""How likely a camera fails in a session."""
NETWORK_FAILS = 0.012
REKOGNITION_FAILS = 0.004
CAMERA_FAILED_BEFORE, NETWORK_FAILED_BEFORE = 2, 5
"""So many days before the last one the first camera and the network fail for sure, if the shop is open."""

CAMERA_REASONS = (None, None, None, GapReason.NO_PICTURE)
"""Why a camera fails: it sends nothing, or it is covered."""

FRAME_FAILS = {
    GapReason.MEDIA_ERROR: 0.0015,
    GapReason.NOT_LOCALISED: 0.001,
    GapReason.UNREADABLE_IMAGE: 0.0005,
}
"""How likely a single frame gives no count."""


@dataclass(frozen=True)
class Outage:
    """A time without counts: of one camera, or of all if `camera_id` is None."""

    start: datetime
    end: datetime
    camera_id: str | None = None
    reason: GapReason | None = None
    """None: no picture came, so the reason depends on how the camera's frames come."""

    def reason_for(self, camera: Camera, instant: datetime) -> GapReason | None:
        """Why this outage leaves an instant of a camera without a count; None if it does not."""
        if self.camera_id not in {None, camera.camera_id} or not self.start <= instant < self.end:
            return None
        if self.reason is not None:
            return self.reason
        return GapReason.NO_FRAME if camera.source is Source.PUSH else GapReason.NO_MEDIA


def outages(shop: Shop, session: Session, last: date, seed: int) -> list[Outage]:
    """The outages of a session; `last` is the last day of the past."""
    random = generator(seed, shop.store.store_id, session.day, f"outages {session.opens:%H%M}")
    before = (last - session.day).days
    found = []
    for view in shop.views:
        is_certain = before == CAMERA_FAILED_BEFORE and view is shop.views[0]
        if random.random() < CAMERA_FAILS or is_certain:
            why = CAMERA_REASONS[random.integers(len(CAMERA_REASONS))]
            found.append(_outage(session, random, view.camera.camera_id, why))
    if random.random() < NETWORK_FAILS or before == NETWORK_FAILED_BEFORE:
        found.append(_outage(session, random))
    # The same for all shops: their frames wait in one queue.
    if generator(seed, "rekognition", session.day, "outage").random() < REKOGNITION_FAILS:
        found.append(_outage(session, random, reason=GapReason.EXPIRED))
    return found


def gap_reasons(
    camera: Camera, instants: Sequence[datetime], found: Sequence[Outage], random: np.random.Generator
) -> list[GapReason | None]:
    """For each instant why it has no count, or None."""
    single = random.random(len(instants))
    return [
        next(filter(None, (outage.reason_for(camera, instant) for outage in found)), None)
        or _frame_reason(camera, chance)
        for instant, chance in zip(instants, single.tolist(), strict=True)
    ]


def _outage(
    session: Session,
    random: np.random.Generator,
    camera_id: str | None = None,
    reason: GapReason | None = None,
) -> Outage:
    """Somewhere in the session, about an hour and a half long, at most to its end."""
    start = session.opens + random.uniform(0.05, 0.8) * (session.closes - session.opens)
    length = timedelta(minutes=float(random.lognormal(np.log(80), 0.6)))
    return Outage(start, min(start + length, session.closes), camera_id, reason)


def _frame_reason(camera: Camera, chance: float) -> GapReason | None:
    for reason, share in FRAME_FAILS.items():
        # A sender of pictures has no video that could be broken.
        if chance < share and not (reason is GapReason.MEDIA_ERROR and camera.source is Source.PUSH):
            return reason
        chance -= share
    return None
