"""Spool -> KVS: what an ERROR acknowledgement means for the fragments that are in flight. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ingest.gateway.spool.entries import SpoolEntry

if TYPE_CHECKING:
    from ingest.kvs.put_media import Ack


class Fault(Enum):
    """What an ERROR is about; the value is the number of ERRORs after which its fragment is given up.

    Amazon's producer skips a fragment for every ERROR but those of a connection (kvs-protocol, section 2.2).
    But a new connection may take a fragment that was refused for its contents, because no other fragment
    precedes it there. A stream that is not active, or has lost its key, says nothing about its fragments:
    they wait.
    """

    FRAGMENT = 2
    CONNECTION = 20
    STREAM = None


CONNECTION_FAULTS = frozenset({4000, 4003, 5000, 5001})
STREAM_FAULTS = frozenset({4008, *range(4500, 4508)})


@dataclass(frozen=True)
class InFlight:
    """A fragment that was sent and is not settled; `begun` once KVS has acknowledged that it arrives."""

    spooled: SpoolEntry
    timecode_ms: int
    begun: bool = False


@dataclass(frozen=True)
class Verdict:
    """`sentence` says what KVS answered and what follows; `refused` is the fragment that KVS refused."""

    sentence: str
    refused: InFlight | None = None
    is_given_up: bool = False


def fault(error_id: int | None) -> Fault:
    """What an ERROR is about. An ID that KVS has added since is classified by its hundreds."""
    if error_id in STREAM_FAULTS:
        return Fault.STREAM
    if error_id is None or error_id in CONNECTION_FAULTS or error_id >= 5000:
        return Fault.CONNECTION
    return Fault.FRAGMENT


def verdict(error: "Ack", in_flight: Sequence[InFlight], refusals: Mapping[int, int]) -> Verdict:
    """Decide what an ERROR means. `in_flight` is in sending order, `refusals` counts by fragment number."""
    kind = fault(error.error_id)
    answer = f"KVS answered {error.error_code or 'an error'} ({error.error_id})"
    if kind is Fault.STREAM:
        return Verdict(f"{answer}: check the stream and its KMS key; its fragments wait")
    # Without a timecode, refused contents can only be those that began to arrive last.
    refused = acknowledged(error, in_flight) or (last_begun(in_flight) if kind is Fault.FRAGMENT else None)
    if refused is None:
        return Verdict(f"{answer}; fragments in flight are sent again")
    fragment = f"the fragment at {refused.timecode_ms}"
    if refusals.get(refused.spooled.number, 0) + 1 < kind.value:
        return Verdict(f"{answer}; {fragment} is sent again", refused)
    return Verdict(f"{answer}; {fragment} is given up", refused, is_given_up=True)


def acknowledged(ack: "Ack", in_flight: Sequence[InFlight]) -> InFlight | None:
    """The fragment that an acknowledgement names by its timecode."""
    return next((fragment for fragment in in_flight if fragment.timecode_ms == ack.fragment_timecode), None)


def last_begun(in_flight: Sequence[InFlight]) -> InFlight | None:
    """The last fragment that began to arrive; the oldest one where none has begun."""
    begun = [fragment for fragment in in_flight if fragment.begun]
    return begun[-1] if begun else next(iter(in_flight), None)
