"""Whether the capacity of uplink and spool is enough for what the cameras send. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from ingest.durations import duration_text
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.settings import GatewaySettings

CATCH_UP = 1.5
"""How much faster than the cameras the uplink should be, so that a backlog ends."""


def uplink_shortage(found: Iterable[Finding], settings: GatewaySettings) -> str | None:
    """Advice if `max_mbit` is less than the cameras send, so that the spool would fill up; else None."""
    mbit = sum(_bits_per_second(finding, settings) for finding in found) / 1e6
    if not settings.max_mbit or mbit <= settings.max_mbit:
        return None
    return (
        f"the cameras send {mbit:.1f} Mbit/s, but max_mbit allows {settings.max_mbit:g}: the rest would wait"
        f" until the spool is full; set max_mbit to {ceil(CATCH_UP * mbit)}, which also allows the gateway to"
        " catch up after an outage, or send keyframes only"
    )


def spool_shortage(found: Iterable[Finding], settings: GatewaySettings, hours: float) -> str | None:
    """Advice if the spool cannot hold an outage of `max_age_hours`; else None.

    The shop is open `hours` a day. The share of the camera that sends most fills up first.
    """
    rates = ((_bits_per_second(finding, settings), finding.camera) for finding in found)
    bits, camera = max(rates, default=(0.0, ""))
    most = bits / 8 * 3600  # bytes per hour
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
        f"the spool can hold {share} of camera {camera!r} (each camera has an equal share): set spool.max_gb"
        f" to {enough} for an outage of {outage}"
    )


def _bits_per_second(found: Finding, settings: GatewaySettings) -> float:
    return found.sent_bits_per_second(settings.cameras[found.camera].send or settings.send)
