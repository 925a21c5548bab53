"""Spool -> KVS: when a connection sends, waits or closes, and when it has failed. Pure.

KVS accepts one connection for each stream, so a connection is closed before the next one is opened: when it
gets old, when newer credentials are available, when the track changes or a fragment begins before the end of
the previous one, and when nothing has come for a while.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.timing.backoff import Timings
from ingest.gateway.uplink.documents import Document


class Step(Enum):
    """What a connection does next."""

    SEND = "send"
    WAIT = "wait"
    CLOSE = "close"


@dataclass(frozen=True)
class Outgoing:
    """A fragment that is next to be sent: its entry in the spool, and its parts."""

    spooled: SpoolEntry
    document: Document


@dataclass(frozen=True)
class Situation:
    """What a connection depends on, at `now` (monotonic seconds)."""

    now: float
    fragment: Outgoing | None = None
    """The fragment to send next, if there is one."""
    in_flight: int = 0
    credentials_are_current: bool = True
    stopping: bool = False
    """Whether no further fragments will come."""


@dataclass(frozen=True)
class Connection:
    """One PutMedia connection. Times are monotonic seconds.

    `progress` is when it last moved. KVS's acknowledgements are progress; what a socket takes is not, since
    it may never leave this box. The exception is a large fragment: KVS acknowledges nothing before its end.
    """

    tracks: bytes
    opened: float
    progress: float
    idle_since: float
    last_ms: int = 0
    persisted: int = 0
    body_ended: bool = False

    @classmethod
    def begun(cls, tracks: bytes, now: float) -> Self:
        """A connection that opens now, for fragments with these tracks."""
        return cls(tracks, opened=now, progress=now, idle_since=now)

    def acknowledged(self, now: float, *, persisted: bool) -> Self:
        """After an acknowledgement, which may say that a fragment is persisted."""
        return replace(self, progress=now, persisted=self.persisted + persisted)

    def sending(self, last_ms: int, now: float, in_flight: int) -> Self:
        """When a fragment begins to leave, with `in_flight` others before it."""
        return replace(self, last_ms=last_ms, progress=self.progress if in_flight else now)

    def sent_piece(self, now: float) -> Self:
        """After a piece of a large fragment."""
        return replace(self, progress=now)

    def sent(self, now: float) -> Self:
        """After a whole fragment."""
        return replace(self, idle_since=now)

    def ended_body(self, now: float, in_flight: int) -> Self:
        """After the last fragment."""
        return replace(self, body_ended=True, progress=self.progress if in_flight else now)


def next_step(connection: Connection, situation: Situation, timings: Timings) -> Step:
    """Whether the connection sends its next fragment, waits for one, or is closed."""
    is_old = situation.now - connection.opened > timings.renew
    if is_old or not situation.credentials_are_current:
        return Step.CLOSE
    if situation.fragment is not None:
        return Step.SEND if _continues(connection, situation.fragment) else Step.CLOSE
    is_done = situation.stopping and not situation.in_flight
    is_idle = situation.now - connection.idle_since > timings.idle
    return Step.CLOSE if is_done or is_idle else Step.WAIT


def silence(connection: Connection, now: float, in_flight: int, stale: float) -> float | None:
    """For how many seconds KVS has failed to answer; None while that is no reason to give up."""
    silent = now - connection.progress
    is_answer_due = in_flight > 0 or connection.body_ended
    return silent if silent > stale and is_answer_due else None


def was_cut(connection: Connection, in_flight: int) -> bool:
    """Whether KVS ended its response too early."""
    return in_flight > 0 or not (connection.body_ended or connection.persisted)


def _continues(connection: Connection, fragment: Outgoing) -> bool:
    """Whether the fragment may follow on this connection."""
    return fragment.document.tracks == connection.tracks and fragment.spooled.first_ms > connection.last_ms
