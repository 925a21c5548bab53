"""Whether the uplink and the spool have room for what the cameras were seen to send. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from ingest.durations import duration_text
from ingest.gateway.check.camera_check import Finding
from ingest.gateway.config.settings import GatewaySettings

CATCH_UP = 1.5
"""How much quicker than the cameras the uplink should be, so that a backlog ends."""


def too_little_uplink(found: Iterable[Finding], settings: GatewaySettings) -> str | None:
    """Why the spool would fill although KVS takes all, and what to set; None where it would not."""
    mbit = sum(_bits_per_second(one, settings) for one in found) / 1e6
    if not settings.max_mbit or mbit <= settings.max_mbit:
        return None
    return (
        f"the cameras send {mbit:.1f} Mbit/s, of which max_mbit lets {settings.max_mbit:g} through: the rest"
        f" would wait until the spool is full; set max_mbit to {ceil(CATCH_UP * mbit)}, to catch up after an"
        " outage, or send keyframes only"
    )


def too_little_room(found: Iterable[Finding], settings: GatewaySettings, hours: float) -> str | None:
    """Why the spool is full before `max_age_hours` are over, and what to set; None where it is not.

    `hours` of a day are open. The camera that sends most is the first whose share is full.
    """
    bits, camera = max(((_bits_per_second(one, settings), one.camera) for one in found), default=(0.0, ""))
    most = bits / 8 * 3600  # bytes an hour
    spool = settings.spool
    days, rest = divmod(spool.max_age_hours, 24)
    wanted = days * hours + min(rest, hours) if settings.only_open else spool.max_age_hours
    if most * wanted <= settings.spool_share:
        return None
    enough = ceil(most * wanted * len(settings.cameras) / 1e9)
    share = duration_text(timedelta(hours=settings.spool_share / most), decimals=1)
    outage = f"{spool.max_age_hours:g} h"
    if wanted < spool.max_age_hours:
        outage += f", {wanted:g} of them open"
    return (
        f"the spool has room for {share} of camera {camera!r} (all have an equal share): set spool.max_gb to"
        f" {enough} for an outage of {outage}"
    )


def _bits_per_second(found: Finding, settings: GatewaySettings) -> float:
    return found.sent_bits_per_second(settings.cameras[found.camera].send or settings.send)
