"""GetImages: an image for each sample time of a window, decoded from the stored fragments."""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from infra.local.kvs.coded_video import relative_times
from infra.local.kvs.errors import InvalidArgumentException, NoDataRetentionException
from infra.local.kvs.fragments import Fragment, Stored
from infra.local.kvs.image_samples import Shot, choose, may_show, sample_times, shots_of
from infra.local.kvs.images import ImageFormat, render
from infra.local.kvs.limits import Limits
from infra.local.kvs.parameters import Parameters
from infra.local.kvs.requests import read_parameters
from infra.local.kvs.service import Service
from infra.local.kvs.streams import Stream

INTERVAL_MS = 3000
"""Between images where SamplingInterval is omitted: AWS does not say, but 3000 was its first minimum."""
LONGEST_INTERVAL_MS = 2**31 - 1
JPEG_QUALITY = 80
LONGEST_CONTENT = 6_291_456
"""Characters of an image in base64."""
CALL_POINTS = 400
"""Metadata points of a call, beside those of its images."""
TOKEN = r"[a-zA-Z0-9+/]{1,4096}={0,2}"  # noqa: S105 - a paging token's pattern, no password

Answer = dict[str, Any]


@dataclass(frozen=True)
class _Asked:
    """A request, read. `window` is the whole range in microseconds, `samples` this page's times in it."""

    by_producer: bool
    window: tuple[int, int]
    samples: range
    token: str | None
    """The next page's."""
    form: ImageFormat

    def begins_ms(self, fragment: Fragment) -> int:
        """When a fragment starts, by the clock that is asked for."""
        return fragment.producer_ms if self.by_producer else fragment.server_ms


async def get_images(service: Service, request: web.Request) -> web.StreamResponse:
    """The API. An entry that has no image says why: NO_MEDIA, or MEDIA_ERROR where it cannot be decoded."""
    parameters = await read_parameters(service, request)
    stream = service.streams.named_in(parameters)
    limits, now = service.limits, service.clock()
    most = min(parameters.integer("MaxResults", 1, 100) or limits.images_page, limits.images_page)
    asked = _read(parameters, limits, most)
    if stream.retention_hours == 0:
        raise NoDataRetentionException(f"The stream {stream.name} has no data retention.")
    service.metadata_points.take(stream, CALL_POINTS + most, limits.metadata_points, now)
    service.media_points.take(stream, most, limits.media_points, now)
    answer: Answer = {"Images": await _images(service, stream, asked)}
    if asked.token is not None:
        answer["NextToken"] = asked.token
    return web.json_response(answer)


async def _images(service: Service, stream: Stream, asked: _Asked) -> list[Answer]:
    """Fragment by fragment, in a thread: the service goes on meanwhile."""
    shots: list[Shot] = []
    for stored in _in_question(service, stream, asked):
        if service.fragments.keeps(stream, stored):  # or it has expired meanwhile
            times = await asyncio.to_thread(relative_times, service.fragments.media(stream, stored))
            shots += shots_of(stored, asked.begins_ms(stored.fragment), times)
    chosen = choose(asked.samples, shots, service.limits.image_reach_ms)
    by_fragment: defaultdict[Stored, set[int]] = defaultdict(set)
    for shot in chosen.values():
        by_fragment[shot.stored].add(shot.relative_ms)
    rendered: dict[Stored, Mapping[int, bytes]] = {}
    for stored, wanted in by_fragment.items():
        if service.fragments.keeps(stream, stored):
            media = service.fragments.media(stream, stored)
            rendered[stored] = await asyncio.to_thread(render, media, wanted, asked.form)
    return [_entry(sample, chosen.get(sample), rendered) for sample in asked.samples]


def _in_question(service: Service, stream: Stream, asked: _Asked) -> list[Stored]:
    """The fragments that start in the window and may hold one of the page's images."""
    start, end = asked.window
    found = []
    for stored in service.fragments.listed(stream, service.now_ms()):
        begins_ms = asked.begins_ms(stored.fragment)
        if start <= begins_ms * 1000 <= end and may_show(
            begins_ms, stored.fragment.length_ms, asked.samples, service.limits.image_reach_ms
        ):
            found.append(stored)
    return found


def _entry(sample: int, shot: Shot | None, rendered: Mapping[Stored, Mapping[int, bytes]]) -> Answer:
    entry: Answer = {"TimeStamp": sample / 1_000_000}
    if shot is None or shot.stored not in rendered:
        return {**entry, "Error": "NO_MEDIA"}
    image = rendered[shot.stored].get(shot.relative_ms)
    content = "" if image is None else base64.b64encode(image).decode()
    if not 0 < len(content) <= LONGEST_CONTENT:
        return {**entry, "Error": "MEDIA_ERROR"}
    return {**entry, "ImageContent": content}


def _read(parameters: Parameters, limits: Limits, most: int) -> _Asked:
    kind = parameters.required_text("ImageSelectorType", "PRODUCER_TIMESTAMP|SERVER_TIMESTAMP")
    start, end = parameters.time("StartTimestamp"), parameters.time("EndTimestamp")
    if not 0 < end - start <= limits.images_window_seconds * 1_000_000:
        raise InvalidArgumentException(
            f"EndTimestamp must be after StartTimestamp, by {limits.images_window_seconds} seconds at most."
        )
    interval = parameters.integer("SamplingInterval", limits.images_interval_ms, LONGEST_INTERVAL_MS)
    samples = sample_times(start, end, interval or INTERVAL_MS)
    first = _decode_token(parameters.text("NextToken", TOKEN), len(samples))
    page = samples[first : first + most]
    token = base64.b64encode(str(first + most).encode()).decode()
    more = first + most < len(samples)
    return _Asked(
        kind == "PRODUCER_TIMESTAMP", (start, end), page, token if more else None, _read_format(parameters)
    )


def _read_format(parameters: Parameters) -> ImageFormat:
    kind = parameters.required_text("Format", "JPEG|PNG")
    config = parameters.mapping("FormatConfig", "JPEGQuality", "[1-9][0-9]?|100")
    return ImageFormat(
        kind,
        int(config.get("JPEGQuality", JPEG_QUALITY)),
        parameters.integer("WidthPixels", 1, 3840),
        parameters.integer("HeightPixels", 1, 2160),
    )


def _decode_token(token: str | None, samples: int) -> int:
    """Which sample of the window the page begins with."""
    if token is None:
        return 0
    try:
        first = int(base64.b64decode(token, validate=True))
    except ValueError:
        first = 0
    if not 0 < first < samples:
        raise InvalidArgumentException("NextToken is not one that GetImages gave for this window.")
    return first
