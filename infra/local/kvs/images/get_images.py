"""GetImages: an image for each sample time of a window, decoded from the stored fragments."""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from infra.local.kvs.images.coded_video import relative_times
from infra.local.kvs.images.rendering import render
from infra.local.kvs.images.request import ImageRequest, read_request
from infra.local.kvs.images.samples import CandidateFrame, candidate_frames, choose, may_show
from infra.local.kvs.service.errors import NoDataRetentionException
from infra.local.kvs.service.fragments import StoredFragment
from infra.local.kvs.service.requests import read_parameters
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import Stream

LONGEST_CONTENT = 6_291_456
"""The maximum number of base64 characters of an image."""
CALL_COST = 400
"""What a call takes from the fragment-metadata quota in addition to its images."""

Images = Mapping[StoredFragment, Mapping[int, bytes]]
"""Images by fragment and relative time; a frame that cannot be decoded is missing."""


async def get_images(service: Service, request: web.Request) -> web.StreamResponse:
    """The API. An entry without an image has an Error: NO_MEDIA, or MEDIA_ERROR if decoding failed."""
    parameters = await read_parameters(service, request)
    stream = service.streams.named_in(parameters)
    limits, now = service.limits, service.clock()
    image_request = read_request(parameters, limits)
    if stream.retention_hours == 0:
        raise NoDataRetentionException(
            f"The stream {stream.name} has no data retention and therefore no images."
        )
    service.fragment_metadata_quota.take(
        stream, CALL_COST + image_request.page_size, limits.fragment_metadata_quota, now
    )
    service.fragment_media_quota.take(stream, image_request.page_size, limits.fragment_media_quota, now)
    chosen = choose(
        image_request.samples, await _candidates(service, stream, image_request), limits.image_reach_ms
    )
    images = await _images(service, stream, image_request, chosen)
    answer: dict[str, Any] = {
        "Images": [
            _with_fault(service, stream, chosen.get(sample), _entry(sample, chosen.get(sample), images))
            for sample in image_request.samples
        ]
    }
    if image_request.next_token is not None:
        answer["NextToken"] = image_request.next_token
    return web.json_response(answer)


async def _candidates(service: Service, stream: Stream, image_request: ImageRequest) -> list[CandidateFrame]:
    """The frames of each fragment that starts in the window and may contain an image of the page."""
    candidates: list[CandidateFrame] = []
    for stored in list(service.fragments.listed(stream, service.now_ms())):
        begins_ms, length_ms = image_request.begins_ms(stored.fragment), stored.fragment.length_ms
        if (
            image_request.start <= begins_ms * 1000 <= image_request.end
            and may_show(begins_ms, length_ms, image_request.samples, service.limits.image_reach_ms)
            and service.fragments.keeps(stream, stored)  # it may have expired meanwhile
        ):
            times = await asyncio.to_thread(relative_times, service.fragments.media(stream, stored))
            candidates += candidate_frames(stored, begins_ms, times)
    return candidates


async def _images(
    service: Service, stream: Stream, image_request: ImageRequest, chosen: Mapping[int, CandidateFrame]
) -> Images:
    """Render the chosen frames, fragment by fragment in a thread, so that the service continues meanwhile."""
    wanted_times: defaultdict[StoredFragment, set[int]] = defaultdict(set)
    for frame in chosen.values():
        wanted_times[frame.stored].add(frame.relative_ms)
    images = {}
    for stored, times in wanted_times.items():
        if service.fragments.keeps(stream, stored):
            media = service.fragments.media(stream, stored)
            images[stored] = await asyncio.to_thread(render, media, times, image_request.form)
    return images


def _entry(sample: int, frame: CandidateFrame | None, images: Images) -> dict[str, Any]:
    entry: dict[str, Any] = {"TimeStamp": sample / 1_000_000}
    if frame is None or frame.stored not in images:
        return {**entry, "Error": "NO_MEDIA"}
    content = base64.b64encode(images[frame.stored].get(frame.relative_ms, b"")).decode()
    if not 0 < len(content) <= LONGEST_CONTENT:
        return {**entry, "Error": "MEDIA_ERROR"}
    return {**entry, "ImageContent": content}


def _with_fault(
    service: Service, stream: Stream, frame: CandidateFrame | None, entry: dict[str, Any]
) -> dict[str, Any]:
    """The entry, or the Error that a fault gives instead of its image."""
    if frame is None:
        return entry
    error = service.faults.image_error(stream.name, frame.stored.fragment.producer_ms + frame.relative_ms)
    return entry if error is None else {"TimeStamp": entry["TimeStamp"], "Error": error}
