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
"""Characters of an image in base64."""
CALL_POINTS = 400
"""Metadata points of a call, beside those of its images."""

Images = Mapping[StoredFragment, Mapping[int, bytes]]
"""By fragment and the frame's time in it; a frame that cannot be decoded is missing."""


async def get_images(service: Service, request: web.Request) -> web.StreamResponse:
    """The API. An entry that has no image says why: NO_MEDIA, or MEDIA_ERROR where it cannot be decoded."""
    parameters = await read_parameters(service, request)
    stream = service.streams.named_in(parameters)
    limits, now = service.limits, service.clock()
    asked = read_request(parameters, limits)
    if stream.retention_hours == 0:
        raise NoDataRetentionException(f"The stream {stream.name} has no data retention: it has no images.")
    service.fragment_metadata_quota.take(
        stream, CALL_POINTS + asked.most, limits.fragment_metadata_quota, now
    )
    service.fragment_media_quota.take(stream, asked.most, limits.fragment_media_quota, now)
    chosen = choose(asked.samples, await _shots(service, stream, asked), limits.image_reach_ms)
    images = await _images(service, stream, asked, chosen)
    answer: dict[str, Any] = {
        "Images": [
            _struck(service, stream, chosen.get(sample), _entry(sample, chosen.get(sample), images))
            for sample in asked.samples
        ]
    }
    if asked.next_token is not None:
        answer["NextToken"] = asked.next_token
    return web.json_response(answer)


async def _shots(service: Service, stream: Stream, asked: ImageRequest) -> list[CandidateFrame]:
    """The frames of every fragment that starts in the window and may hold one of the page's images."""
    shots: list[CandidateFrame] = []
    for stored in list(service.fragments.listed(stream, service.now_ms())):
        begins_ms, length_ms = asked.begins_ms(stored.fragment), stored.fragment.length_ms
        if (
            asked.start <= begins_ms * 1000 <= asked.end
            and may_show(begins_ms, length_ms, asked.samples, service.limits.image_reach_ms)
            and service.fragments.keeps(stream, stored)  # or it has expired meanwhile
        ):
            times = await asyncio.to_thread(relative_times, service.fragments.media(stream, stored))
            shots += candidate_frames(stored, begins_ms, times)
    return shots


async def _images(
    service: Service, stream: Stream, asked: ImageRequest, chosen: Mapping[int, CandidateFrame]
) -> Images:
    """The chosen frames, rendered fragment by fragment in a thread: the service goes on meanwhile."""
    wanted: defaultdict[StoredFragment, set[int]] = defaultdict(set)
    for shot in chosen.values():
        wanted[shot.stored].add(shot.relative_ms)
    images = {}
    for stored, times in wanted.items():
        if service.fragments.keeps(stream, stored):
            media = service.fragments.media(stream, stored)
            images[stored] = await asyncio.to_thread(render, media, times, asked.form)
    return images


def _entry(sample: int, shot: CandidateFrame | None, images: Images) -> dict[str, Any]:
    entry: dict[str, Any] = {"TimeStamp": sample / 1_000_000}
    if shot is None or shot.stored not in images:
        return {**entry, "Error": "NO_MEDIA"}
    content = base64.b64encode(images[shot.stored].get(shot.relative_ms, b"")).decode()
    if not 0 < len(content) <= LONGEST_CONTENT:
        return {**entry, "Error": "MEDIA_ERROR"}
    return {**entry, "ImageContent": content}


def _struck(
    service: Service, stream: Stream, shot: CandidateFrame | None, entry: dict[str, Any]
) -> dict[str, Any]:
    """The entry, or the error that a fault puts in the place of its image."""
    if shot is None:
        return entry
    error = service.faults.image_error(stream.name, shot.stored.fragment.producer_ms + shot.relative_ms)
    return entry if error is None else {"TimeStamp": entry["TimeStamp"], "Error": error}
