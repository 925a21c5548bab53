"""Tables of what a connection does next, and of when it has failed."""

from dataclasses import replace

import pytest

from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.timing.backoff import Timings
from ingest.gateway.uplink.connection import (
    Connection,
    Outgoing,
    Situation,
    Step,
    next_step,
    silence,
    was_cut,
)
from ingest.gateway.uplink.documents import Document

TIMINGS = Timings(renew=100, idle=20, stale=30)
OPENED = 1000.0
FRESH = Connection.begun(b"tracks", OPENED)
SENT = replace(FRESH, last_ms=5000, idle_since=1010.0)
"""One fragment has left, at 1010."""


def fragment(first_ms: int = 6000, tracks: bytes = b"tracks") -> Outgoing:
    spooled = SpoolEntry(1, first_ms, first_ms + 2000, checksum=0, size=7)
    return Outgoing(spooled, Document(b"header", tracks, memoryview(b"cluster"), first_ms))


@pytest.mark.parametrize(
    ("connection", "situation", "step"),
    [
        (FRESH, Situation(1000, fragment()), Step.SEND),
        (FRESH, Situation(1100, fragment()), Step.SEND),
        (FRESH, Situation(1100.1, fragment()), Step.CLOSE),
        (FRESH, Situation(1100.1), Step.CLOSE),
        (FRESH, Situation(1000, fragment(), credentials_are_current=False), Step.CLOSE),
        (FRESH, Situation(1000, credentials_are_current=False), Step.CLOSE),
        (SENT, Situation(1010, fragment(5001)), Step.SEND),
        (SENT, Situation(1010, fragment(5000)), Step.CLOSE),
        (SENT, Situation(1010, fragment(4000)), Step.CLOSE),
        (SENT, Situation(1010, fragment(tracks=b"others")), Step.CLOSE),
        (SENT, Situation(1010, fragment(), stopping=True), Step.SEND),
        (SENT, Situation(1030), Step.WAIT),
        (SENT, Situation(1030.1), Step.CLOSE),
        (SENT, Situation(1030.1, in_flight=1), Step.CLOSE),
        (SENT, Situation(1031, fragment()), Step.SEND),
        (SENT, Situation(1010, stopping=True), Step.CLOSE),
        (SENT, Situation(1010, in_flight=1, stopping=True), Step.WAIT),
        (SENT, Situation(1030.1, in_flight=1, stopping=True), Step.CLOSE),
    ],
)
def test_what_a_connection_does_next(connection: Connection, situation: Situation, step: Step) -> None:
    assert next_step(connection, situation, TIMINGS) is step


@pytest.mark.parametrize(
    ("connection", "now", "in_flight", "seconds"),
    [
        (FRESH, 1030, 1, None),
        (FRESH, 1031, 1, 31),
        (FRESH, 2000, 0, None),
        (FRESH.ended_body(1020, 0), 1050, 0, None),
        (FRESH.ended_body(1020, 0), 1051, 0, 31),
        (FRESH.ended_body(1020, 1), 1031, 1, 31),
        (FRESH.sending(5000, 1020, 0), 1050, 1, None),
        (FRESH.sending(5000, 1020, 1), 1031, 2, 31),
        (FRESH.sent_piece(1020), 1050, 1, None),
        (FRESH.sent(1020), 1031, 1, 31),
        (FRESH.acknowledged(1020, persisted=False), 1050, 1, None),
        (FRESH.acknowledged(1020, persisted=True), 1051, 1, 31),
    ],
)
def test_only_acknowledgements_and_pieces_of_a_large_fragment_are_progress(
    connection: Connection, now: float, in_flight: int, seconds: float | None
) -> None:
    assert silence(connection, now, in_flight, TIMINGS.stale) == seconds


@pytest.mark.parametrize(
    ("connection", "in_flight", "cut"),
    [
        (FRESH, 0, True),
        (FRESH, 1, True),
        (FRESH.acknowledged(1001, persisted=False), 0, True),
        (FRESH.acknowledged(1001, persisted=True), 0, False),
        (FRESH.acknowledged(1001, persisted=True), 1, True),
        (FRESH.ended_body(1001, 0), 0, False),
        (FRESH.ended_body(1001, 1), 1, True),
    ],
)
def test_a_response_that_ends_with_fragments_in_flight_or_with_nothing_done_was_cut(
    connection: Connection, in_flight: int, *, cut: bool
) -> None:
    assert was_cut(connection, in_flight) is cut


def test_a_connection_notes_what_happened_to_it() -> None:
    done = FRESH.sending(5000, 1001, 0).sent(1002).acknowledged(1003, persisted=True).ended_body(1004, 0)

    assert done == Connection(b"tracks", OPENED, 1004, 1002, 5000, persisted=1, body_ended=True)
