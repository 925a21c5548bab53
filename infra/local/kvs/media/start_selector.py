"""The StartSelector of GetMedia: the fragment with which the response begins. Pure."""

from collections.abc import Callable, Sequence

from infra.local.kvs.service.errors import InvalidArgumentException
from infra.local.kvs.service.fragments import Fragment
from infra.local.kvs.service.parameters import Parameters

Start = Callable[[Sequence[Fragment]], int | None]
"""Fragments of the stream in order of completion -> the index of the first to send (their count: the next to
come), or None while the selected fragment has not arrived. Raises StartNotFound."""

TYPES = "NOW|EARLIEST|FRAGMENT_NUMBER|SERVER_TIMESTAMP|PRODUCER_TIMESTAMP|CONTINUATION_TOKEN"


class StartNotFound(Exception):
    """The fragment after which to begin does not exist or has expired."""


def read_start(parameters: Parameters | None) -> Start:
    """Read the structure StartSelector. Raises InvalidArgumentException."""
    if parameters is None:
        raise InvalidArgumentException("StartSelector must be given.")
    kind = parameters.required_text("StartSelectorType", TYPES)
    if kind == "NOW":
        return lambda fragments: max(0, len(fragments) - 1)
    if kind == "EARLIEST":
        return lambda _: 0
    if kind == "FRAGMENT_NUMBER":
        return _after(parameters.required_text("AfterFragmentNumber", r"[0-9]{1,128}"))
    if kind == "CONTINUATION_TOKEN":
        return _after(parameters.required_text("ContinuationToken", r"[a-zA-Z0-9_.\-]{1,128}"))
    return _containing(parameters.time("StartTimestamp"), by_producer=kind == "PRODUCER_TIMESTAMP")


def _after(number: str) -> Start:
    def start(fragments: Sequence[Fragment]) -> int:
        for index, fragment in enumerate(fragments):
            if fragment.number == number:
                return index + 1
        raise StartNotFound(number)

    return start


def _containing(time_us: int, *, by_producer: bool) -> Start:
    """The first fragment that contains the time (from its start to its last frame), else the next."""

    def start(fragments: Sequence[Fragment]) -> int | None:
        later: list[tuple[int, int]] = []
        for index, fragment in enumerate(fragments):
            begins_ms = fragment.producer_ms if by_producer else fragment.server_ms
            if begins_ms * 1000 > time_us:
                later.append((begins_ms, index))
            elif time_us <= (begins_ms + fragment.length_ms) * 1000:
                return index
        return min(later)[1] if later else None

    return start
