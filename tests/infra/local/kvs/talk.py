"""What a producer does and is told, step by step, so that a table of cases can say it."""

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
"""Seconds of real time in which nothing may be said."""


@dataclass
class Talk:
    """The producer's connections to a service, by the names that the steps give them."""

    kvs: KvsServer
    clock: Clock
    parts: ExitStack
    connections: dict[str, RawPutMedia] = field(default_factory=dict)
    acks: dict[str, Iterator[dict[str, Any]]] = field(default_factory=dict)


Step = Callable[[Talk], None]


def connects(who: str = "first", headers: Mapping[str, str | None] | None = None, status: int = 200) -> Step:
    """Sends a request's head; with 200, PutMedia answers before anything of the body is there."""

    def step(talk: Talk) -> None:
        connection = talk.parts.enter_context(RawPutMedia(talk.kvs.url, headers))
        assert connection.read_head()[0] == status
        talk.connections[who], talk.acks[who] = connection, connection.acks()

    return step


def sends(data: bytes, who: str = "first", chunk: int = 65_524) -> Step:
    """Some of the body, in the chunks of Amazon's producer."""
    return lambda talk: talk.connections[who].send_all(data, chunk)


def is_told(*events: str | int, who: str = "first") -> Step:
    """The next acknowledgements: their types, of an ERROR the ErrorId."""

    def step(talk: Talk) -> None:
        assert [_told(next(talk.acks[who])) for _ in events] == list(events)

    return step


def hears_nothing(who: str = "first") -> Step:
    """For a moment."""

    def step(talk: Talk) -> None:
        assert talk.connections[who].is_quiet(QUIET)

    return step


def finishes(who: str = "first") -> Step:
    """The terminating chunk."""
    return lambda talk: talk.connections[who].finish()


def hears_the_end(*events: str | int, who: str = "first") -> Step:
    """The last acknowledgements and the end of the response."""

    def step(talk: Talk) -> None:
        assert [_told(ack) for ack in talk.acks[who]] == list(events)

    return step


def is_cut(who: str = "first") -> Step:
    """The service ends the connection without a word."""

    def step(talk: Talk) -> None:
        try:
            event = next(talk.acks[who], None)
        except (EOFError, ConnectionError):
            return
        raise AssertionError(f"the service said {event}")

    return step


def cuts(who: str = "first") -> Step:
    """The producer is gone, in the middle of whatever it was."""
    return lambda talk: talk.connections[who].abort()


def waits(seconds: float) -> Step:
    """The service's time goes on."""

    def step(talk: Talk) -> None:
        talk.clock.offset += seconds

    return step


def play(kvs: KvsServer, clock: Clock, steps: list[Step]) -> None:
    """All of them in order; then every connection ends."""
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
