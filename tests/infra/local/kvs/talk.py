"""The steps of a producer and the acknowledgements it expects, for tables of cases."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.arbitrary_media import START
from tests.infra.local.kvs.conftest import Clock
from tests.infra.local.kvs.raw import RawPutMedia

STORED = ("BUFFERING", "RECEIVED", "PERSISTED")
QUIET = 0.1
"""Seconds of real time in which nothing may arrive."""


@dataclass
class Talk:
    """The connections of the producer, by the names that the steps use."""

    kvs: KvsServer
    clock: Clock
    parts: ExitStack
    connections: dict[str, RawPutMedia] = field(default_factory=dict)
    acks: dict[str, Iterator[dict[str, Any]]] = field(default_factory=dict)


Step = Callable[[Talk], None]


def connects(who: str = "first", headers: Mapping[str, str | None] | None = None, status: int = 200) -> Step:
    """Send the head of a request. PutMedia responds with 200 before the body arrives."""

    def step(talk: Talk) -> None:
        connection = talk.parts.enter_context(RawPutMedia(talk.kvs.url, headers))
        assert connection.read_head()[0] == status
        talk.connections[who], talk.acks[who] = connection, connection.acks()

    return step


def sends(data: bytes, who: str = "first", chunk: int = 65_524) -> Step:
    """Send a part of the body, in the chunks of Amazon's producer."""
    return lambda talk: talk.connections[who].send_all(data, chunk)


def is_told(*events: str | int, who: str = "first") -> Step:
    """Expect these acknowledgements next: types, or the ErrorId of an ERROR."""

    def step(talk: Talk) -> None:
        assert [_told(next(talk.acks[who])) for _ in events] == list(events)

    return step


def hears_nothing(who: str = "first") -> Step:
    """Expect nothing for QUIET seconds."""

    def step(talk: Talk) -> None:
        assert talk.connections[who].is_quiet(QUIET)

    return step


def finishes(who: str = "first") -> Step:
    """Send the terminating chunk."""
    return lambda talk: talk.connections[who].finish()


def hears_the_end(*events: str | int, who: str = "first") -> Step:
    """Expect these acknowledgements and then the end of the response."""

    def step(talk: Talk) -> None:
        assert [_told(ack) for ack in talk.acks[who]] == list(events)

    return step


def is_cut(who: str = "first") -> Step:
    """Expect the service to break the connection without an acknowledgement."""

    def step(talk: Talk) -> None:
        try:
            event = next(talk.acks[who], None)
        except (EOFError, ConnectionError):
            return
        raise AssertionError(f"the service said {event}")

    return step


def cuts(who: str = "first") -> Step:
    """Break the connection."""
    return lambda talk: talk.connections[who].abort()


def waits(seconds: float) -> Step:
    """Advance the clock of the service."""

    def step(talk: Talk) -> None:
        talk.clock.offset += seconds

    return step


def play(kvs: KvsServer, clock: Clock, steps: list[Step]) -> None:
    """Execute the steps in order, then end every connection."""
    with ExitStack() as parts:
        talk = Talk(kvs, clock, parts)
        for step in steps:
            step(talk)


def stored(kvs: KvsServer) -> list[int]:
    """The fragments of the stream `entrance`: producer times in ms after START."""
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    fragments = archive.list_fragments(StreamName="entrance")["Fragments"]
    return sorted(round(listed["ProducerTimestamp"].timestamp() * 1000) - START for listed in fragments)


def _told(ack: Mapping[str, Any]) -> str | int:
    event: str | int = ack["ErrorId"] if ack["EventType"] == "ERROR" else ack["EventType"]
    return event
