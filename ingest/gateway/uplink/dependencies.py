"""Spool -> KVS: what the publishers of a gateway share."""

from dataclasses import dataclass, field

import aiohttp

from ingest.gateway.timing.backoff import Ready, Recovery, Timings, at_once
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import Rate
from ingest.gateway.uplink.destination import Destination


@dataclass
class PublisherDependencies:
    """Their collaborators, and the limits that they share."""

    destination: Destination
    session: aiohttp.ClientSession
    rate: Rate
    """Bytes of all streams together."""
    clock: Clock
    timings: Timings = field(default_factory=Timings)
    ready: Ready = at_once
    recovery: Recovery = field(default_factory=Recovery)
