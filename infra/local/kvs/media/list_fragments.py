"""ListFragments: the fragments that start in a time range, in pages and in random order.

AWS guarantees no order. Here each listing has its own random order, which its token carries from page to
page.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.kvs.media.documents import size
from infra.local.kvs.service.errors import InvalidArgumentException
from infra.local.kvs.service.fragments import StoredFragment
from infra.local.kvs.service.parameters import Parameters
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import Stream

PAGE = 100
"""The default of MaxResults, as observed."""
SHUFFLE_BYTES = 8
TOKEN = r"[a-zA-Z0-9+/]{1,4096}={0,2}"  # noqa: S105 - a paging token's pattern, no password


def list_fragments(service: Service, parameters: Parameters) -> dict[str, Any]:
    """The API. A stream without retention has no fragments to list."""
    stream = service.streams.named_in(parameters)
    most = parameters.integer("MaxResults", 1, 1000) or PAGE
    token = parameters.text("NextToken", TOKEN)
    page = _Page(next(service.shuffles).to_bytes(SHUFFLE_BYTES, "big")) if token is None else _decode(token)
    selected = _selector(parameters.inner("FragmentSelector"))
    service.fragment_metadata_quota.take(
        stream, most, service.limits.fragment_metadata_quota, service.clock()
    )
    found = sorted(
        (page.position(stored), stored) for stored in _listable(service, stream) if selected(stored)
    )
    rest = [(place, stored) for place, stored in found if place > page.after]
    answer: dict[str, Any] = {"Fragments": [_fragment_info(stored) for _, stored in rest[:most]]}
    if len(rest) > most:
        answer["NextToken"] = base64.b64encode(page.shuffle + rest[most - 1][0]).decode()
    return answer


@dataclass(frozen=True)
class _Page:
    shuffle: bytes
    after: bytes = b""
    """The position of the last fragment of the previous page."""

    def position(self, stored: StoredFragment) -> bytes:
        """The position of a fragment in this listing."""
        return hashlib.sha256(self.shuffle + stored.fragment.number.encode()).digest()


def _listable(service: Service, stream: Stream) -> list[StoredFragment]:
    if stream.retention_hours == 0:
        return []
    visible_ms = service.now_ms() - int(service.limits.listing_delay_seconds * 1000)
    stored = service.fragments.listed(stream, service.now_ms())
    return [fragment for fragment in stored if fragment.persisted_ms <= visible_ms]


def _selector(parameters: Parameters | None) -> Callable[[StoredFragment], bool]:
    """A filter: whether a fragment starts in the range, including both ends."""
    if parameters is None:
        return lambda _: True
    kind = parameters.required_text("FragmentSelectorType", "PRODUCER_TIMESTAMP|SERVER_TIMESTAMP")
    times = parameters.inner("TimestampRange")
    if times is None:
        raise InvalidArgumentException("FragmentSelector.TimestampRange must be given.")
    start, end = times.time("StartTimestamp"), times.time("EndTimestamp")
    if end < start:
        raise InvalidArgumentException("EndTimestamp must not be before StartTimestamp.")

    def selected(stored: StoredFragment) -> bool:
        fragment = stored.fragment
        millis = fragment.producer_ms if kind == "PRODUCER_TIMESTAMP" else fragment.server_ms
        return start <= millis * 1000 <= end

    return selected


def _fragment_info(stored: StoredFragment) -> dict[str, Any]:
    fragment = stored.fragment
    return {
        "FragmentNumber": fragment.number,
        "FragmentSizeInBytes": size(stored),
        "ProducerTimestamp": fragment.producer_ms / 1000,
        "ServerTimestamp": fragment.server_ms / 1000,
        "FragmentLengthInMilliseconds": fragment.length_ms,
    }


def _decode(token: str) -> _Page:
    try:
        raw = base64.b64decode(token, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != SHUFFLE_BYTES + hashlib.sha256().digest_size:
        raise InvalidArgumentException("NextToken is not from a ListFragments response.")
    return _Page(raw[:SHUFFLE_BYTES], raw[SHUFFLE_BYTES:])
