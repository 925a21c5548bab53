"""Spool -> KVS: which fragment of a stream is sent next, and what its acknowledgement does to the spool.

A fragment stays in the spool until KVS acknowledges PERSISTED (RECEIVED if the stream keeps no data), and is
sent again after any broken connection. An ERROR ends its connection; `error_acks` decides what happens to the
fragment.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.spool.spool import Spool
from ingest.gateway.uplink.error_acks import InFlight, acknowledged, verdict

if TYPE_CHECKING:
    from ingest.kvs.put_media import Ack

WINDOW = 8
"""Fragments that may be in flight at once: KVS may store as many twice after a broken connection."""


class Delivery:
    """One stream's fragments, over successive connections.

    `retention` says whether the stream keeps data, so that PERSISTED can be expected. `persisted` counts
    delivered fragments, `sent_again` those that were sent again after a broken connection.
    """

    def __init__(self, spool: Spool, *, retention: bool = True) -> None:
        self._spool = spool
        self._in_flight: dict[int, InFlight] = {}
        self._refusals: dict[int, int] = {}
        self._sent_until = 0
        self._highest = 0
        self.retention = retention
        self.persisted = 0
        self.sent_again = 0
        self.sent_bytes = 0

    @property
    def in_flight(self) -> int:
        """The number of fragments that are sent and not settled."""
        return len(self._in_flight)

    def next(self) -> SpoolEntry | None:
        """The fragment to send now, if there is one and the window allows it."""
        return self._spool.after(self._sent_until) if len(self._in_flight) < WINDOW else None

    def sending(self, fragment: SpoolEntry, timecode_ms: int, size: int) -> None:
        """Note that `fragment` leaves with this timecode, as `size` bytes."""
        self._in_flight[fragment.number] = InFlight(fragment, timecode_ms)
        self._sent_until = fragment.number
        self.sent_again += fragment.number <= self._highest
        self._highest = max(self._highest, fragment.number)
        self.sent_bytes += size

    def ended(self) -> None:
        """Note that the connection is over: unsettled fragments will be sent again, the oldest first."""
        self._in_flight.clear()
        self._sent_until = 0

    def heard(self, ack: "Ack") -> str | None:
        """Apply an acknowledgement. For an ERROR, return the sentence that says what follows."""
        if ack.event_type == "ERROR":
            return self._refused(ack)
        fragment = acknowledged(ack, tuple(self._in_flight.values()))
        if fragment is not None:
            self._in_flight[fragment.spooled.number] = replace(fragment, begun=True)
            if ack.event_type == ("PERSISTED" if self.retention else "RECEIVED"):
                self._settle(fragment.spooled)
                self.persisted += self._spool.remove(fragment.spooled)
        return None

    def _refused(self, error: "Ack") -> str:
        found = verdict(error, tuple(self._in_flight.values()), self._refusals)
        if found.refused is not None:
            fragment = found.refused.spooled
            self._refusals[fragment.number] = self._refusals.get(fragment.number, 0) + 1
            if found.is_given_up:
                self._settle(fragment)
                self._spool.drop(fragment, f"refused by KVS ({error.error_id})")
        return found.sentence

    def _settle(self, fragment: SpoolEntry) -> None:
        self._in_flight.pop(fragment.number, None)
        self._refusals.pop(fragment.number, None)
