"""Publishes recorded videos and single pictures, faster than real time."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime

import aiohttp
from av.video.frame import VideoFrame

from infra.local.rekognition.detectors.detection import Image
from infra.local.simulated_store.body import body
from infra.local.simulated_store.cameras.encoder import STILL_CRF, H264Encoder
from infra.local.simulated_store.cameras.media import EncodedFrame, Feed
from infra.local.simulated_store.cameras.video import recording
from ingest.errors import OccupancyError
from ingest.kvs.put_media import Ack, PutMediaTarget, put_media
from ingest.times import to_millis


class PublishingFailed(OccupancyError):
    """KVS acknowledged with an error."""


def publish_video(target: PutMediaTarget, path: str, start: datetime) -> list[Ack]:
    """Send a video whose first frame has the time `start`; returns all acknowledgements.

    Raises UnopenableVideo, PutMediaRefused, PublishingFailed.
    """
    return publish(target, recording(path, to_millis(start)))


def publish_pictures(target: PutMediaTarget, pictures: Iterable[tuple[Image, datetime]]) -> list[Ack]:
    """Send pictures of the same size (height x width x 3, BGR), oldest first, each as its own fragment."""
    return publish(target, stills(pictures))


def publish(target: PutMediaTarget, feed: Feed) -> list[Ack]:
    """Send a finite feed; returns all acknowledgements. Raises PutMediaRefused, PublishingFailed."""
    acks = asyncio.run(_send(target, feed))
    if failed := next((ack for ack in acks if ack.event_type == "ERROR"), None):
        raise PublishingFailed(
            f"stream {target.stream_name!r} refused the fragment of {failed.fragment_timecode}:"
            f" {failed.error_code} ({failed.error_id})"
        )
    return acks


def stills(pictures: Iterable[tuple[Image, datetime]]) -> Feed:
    """A feed of keyframes only. Raises ValueError if there are no pictures."""
    iterator = iter(pictures)
    first = next(iterator, None)
    if first is None:
        raise ValueError("there is no picture to publish")
    height, width = first[0].shape[:2]
    encoder = H264Encoder(width, height, crf=STILL_CRF)

    def frames() -> Iterator[EncodedFrame]:
        for image, time in (first, *iterator):
            picture = VideoFrame.from_ndarray(image, format="bgr24")
            yield encoder.encode(picture, to_millis(time), keyframe=True)

    return Feed(encoder.track, frames())


async def _send(target: PutMediaTarget, feed: Feed) -> list[Ack]:
    async def frames() -> AsyncIterator[EncodedFrame]:
        for frame in feed.frames:
            yield frame

    async with aiohttp.ClientSession() as session:
        return [ack async for ack in put_media(session, target, body(feed.track, frames()))]
