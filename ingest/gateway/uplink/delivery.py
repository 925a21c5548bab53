"""Spool -> KVS: which fragment of a stream is to be sent next, and what an acknowledgement makes of it. Pure.

A fragment stays in the spool until KVS says PERSISTED (RECEIVED, where the stream keeps no data), and is sent
again after any break. An ERROR ends its connection; whether its fragment is sent again follows from its kind.
"""

from dataclasses import dataclass
from enum import Enum

from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.spool.spool import Spool
from ingest.kvs.put_media import Ack

WINDOW = 8
"""Fragments that may be on their way at once: what a break can make KVS keep twice."""


class Fault(Enum):
    """Whose fault an ERROR is; the value says after how many of them its fragment is given up.

    Amazon's producer skips for all but a connection's faults (kvs-protocol, section 2.2). But a fragment that
    is refused for its contents may be taken by a new connection, where nothing goes before it; and a stream
    that is not active, or has lost its key, is no fault of any fragment: those wait.
    """

    FRAGMENT = 2
    CONNECTION = 20
    STREAM = None


CONNECTION_FAULTS = frozenset({4000, 4003, 5000, 5001})
STREAM_FAULTS = frozenset({4008, *range(4500, 4508)})


def fault(error_id: int | None) -> Fault:
    """Whose fault it is; by its hundreds where KVS has invented a new one."""
    if error_id in STREAM_FAULTS:
        return Fault.STREAM
    if error_id is None or error_id in CONNECTION_FAULTS or error_id >= 5000:
        return Fault.CONNECTION
    return Fault.FRAGMENT


@dataclass
class Flight:
    """A fragment on its way; `begun` once KVS has said that it arrives."""

    spooled: SpoolEntry
    timecode_ms: int
    begun: bool = False


class Delivery:
    """One stream's fragments, over one connection after the other.

    `retention` says whether the stream keeps data, so that PERSISTED is to be waited for. `persisted` counts
    what is delivered, `sent_again` what left once more after a break.
    """

    def __init__(self, spool: Spool, *, retention: bool = True) -> None:
        self._spool = spool
        self._flights: dict[int, Flight] = {}
        self._refusals: dict[int, int] = {}
        self._sent_until = 0
        self._highest = 0
        self.retention = retention
        self.persisted = 0
        self.sent_again = 0

    @property
    def on_its_way(self) -> int:
        """How many fragments are sent and not settled."""
        return len(self._flights)

    def next(self) -> SpoolEntry | None:
        """What is to be sent now, if anything."""
        return self._spool.after(self._sent_until) if len(self._flights) < WINDOW else None

    def sending(self, one: SpoolEntry, timecode_ms: int) -> None:
        """It leaves, with this timecode."""
        self._flights[one.number] = Flight(one, timecode_ms)
        self._sent_until = one.number
        self.sent_again += one.number <= self._highest
        self._highest = max(self._highest, one.number)

    def ended(self) -> None:
        """The connection is over: what is not settled will be sent again, the oldest first."""
        self._flights.clear()
        self._sent_until = 0

    def heard(self, ack: Ack) -> str | None:
        """Take an acknowledgement; an ERROR gives the sentence that says what it was and what follows."""
        if ack.event_type == "ERROR":
            return self._refused(ack)
        flight = self._flight(ack)
        if flight is not None:
            flight.begun = True
            if ack.event_type == ("PERSISTED" if self.retention else "RECEIVED"):
                self._settle(flight.spooled)
                self.persisted += self._spool.remove(flight.spooled)
        return None

    def _refused(self, ack: Ack) -> str:
        kind = fault(ack.error_id)
        what = f"KVS answered {ack.error_code or 'an error'} ({ack.error_id})"
        # Without a timecode, contents can only be those of what began to arrive last.
        flight = self._flight(ack) or (self._last_begun() if kind is Fault.FRAGMENT else None)
        if kind is Fault.STREAM:
            return f"{what}: see to the stream and its key; its fragments wait"
        if flight is None:
            return f"{what}; what was on its way is sent again"
        number = flight.spooled.number
        self._refusals[number] = self._refusals.get(number, 0) + 1
        if self._refusals[number] < kind.value:
            return f"{what}; the fragment of {flight.timecode_ms} is sent again"
        self._settle(flight.spooled)
        self._spool.drop(flight.spooled, f"refused by KVS ({ack.error_id})")
        return f"{what}; the fragment of {flight.timecode_ms} is given up"

    def _settle(self, one: SpoolEntry) -> None:
        self._flights.pop(one.number, None)
        self._refusals.pop(one.number, None)

    def _flight(self, ack: Ack) -> Flight | None:
        matches = (one for one in self._flights.values() if one.timecode_ms == ack.fragment_timecode)
        return next(matches, None)

    def _last_begun(self) -> Flight | None:
        begun = [flight for flight in self._flights.values() if flight.begun]
        return begun[-1] if begun else next(iter(self._flights.values()), None)
