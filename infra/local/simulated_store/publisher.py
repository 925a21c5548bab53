"""A small replacement for the store gateway: sends cameras to their KVS streams in real time.

Nothing is buffered: the next frame of a camera is produced when the previous one has been sent.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

import aiohttp
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.simulated_store.body import body
from infra.local.simulated_store.cameras.errors import PublishingError, RecentErrors
from infra.local.simulated_store.cameras.media import Clock, EncodedFrame, Feed, StoreCamera, UnopenableVideo
from infra.local.simulated_store.sender import Sender
from ingest.errors import OccupancyError
from ingest.kvs.put_media import Ack, PutMediaTarget, put_media

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

RENEW_SECONDS = 40 * 60.0
"""Renew a connection after this time: KVS ends it after 45 minutes."""
RETRY_SECONDS = 1.0
STOP_SECONDS = 10.0
"""How long a stop waits for a camera or service that does not respond."""
_WAKE_SECONDS = 0.1


@dataclass(frozen=True)
class Destination:
    """The KVS service; the stream of a camera has the name of the camera."""

    kinesisvideo: "KinesisVideoClient"
    credentials: ReadOnlyCredentials

    def target(self, stream_name: str) -> PutMediaTarget:
        """The current PutMedia endpoint of a stream. Raises ClientError and BotoCoreError."""
        answer = self.kinesisvideo.get_data_endpoint(StreamName=stream_name, APIName="PUT_MEDIA")
        region = self.kinesisvideo.meta.region_name
        return PutMediaTarget(answer["DataEndpoint"], stream_name, region, self.credentials)


class StorePublisher(Sender):
    """Publishes from `start` to `stop`, or inside a `with`, with a thread for each camera."""

    def __init__(
        self, cameras: Sequence[StoreCamera], destination: Destination, *, clock: Clock = time.time
    ) -> None:
        self._cameras = cameras
        self._destination = destination
        self._clock = clock
        self._stopping = Event()
        self._errors = RecentErrors()
        self._lock = Lock()
        self._received = dict.fromkeys((camera.name for camera in cameras), 0)
        self._threads: list[Thread] = []

    @property
    def errors(self) -> list[PublishingError]:
        """The latest errors, oldest first."""
        return self._errors.latest()

    @property
    def silent(self) -> Sequence[str]:
        """The cameras from which KVS has not received a fragment yet."""
        return [name for name, fragments in self.received.items() if not fragments]

    @property
    def received(self) -> dict[str, int]:
        """The number of fragments that KVS has received from each camera."""
        with self._lock:
            return dict(self._received)

    def start(self) -> None:
        """Open every camera and start sending. Raises UnopenableVideo."""
        feeds = [(camera, camera.feed(self._clock)) for camera in self._cameras]
        self._threads = [
            Thread(target=self._run, args=(camera, feed), name=f"publish-{camera.name}", daemon=True)
            for camera, feed in feeds
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the last fragment of each camera; returns when KVS has acknowledged it or does not respond."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _run(self, camera: StoreCamera, feed: Feed) -> None:
        asyncio.run(self._publish(camera, feed))

    async def _publish(self, camera: StoreCamera, feed: Feed) -> None:
        async with aiohttp.ClientSession() as session:
            frames = _PacedFrames(feed.frames, self._clock, self._stopping)
            while not self._stopping.is_set():
                try:
                    if frames.ended:
                        feed = await asyncio.to_thread(camera.feed, self._clock)
                        frames = _PacedFrames(feed.frames, self._clock, self._stopping)
                    target = await asyncio.to_thread(self._destination.target, camera.name)
                    async for ack in put_media(session, target, body(feed.track, frames.connection())):
                        self._note(camera.name, ack)
                    frames.check()
                except (
                    OccupancyError,
                    aiohttp.ClientError,
                    ClientError,
                    BotoCoreError,
                    TimeoutError,
                ) as error:
                    self._errors.add(camera.name, f"{error or type(error).__name__}")
                    await asyncio.to_thread(self._stopping.wait, RETRY_SECONDS)

    def _note(self, camera: str, ack: Ack) -> None:
        if ack.event_type == "ERROR":
            self._errors.add(camera, f"KVS rejected a fragment: {ack.error_code} ({ack.error_id})")
        elif ack.event_type == "RECEIVED":
            with self._lock:
                self._received[camera] += 1


class _PacedFrames:
    """The frames of a feed in real time, for successive connections."""

    def __init__(self, frames: Iterator[EncodedFrame], clock: Clock, stopping: Event) -> None:
        self._frames = frames
        self._clock = clock
        self._stopping = stopping
        self._held: EncodedFrame | None = None
        """The first keyframe of the next connection."""
        self._pending: asyncio.Future[EncodedFrame | None] | None = None
        self._failure: UnopenableVideo | None = None
        self.ended = False

    def check(self) -> None:
        """Raise the UnopenableVideo that ended the feed, if any."""
        if self._failure is not None:
            raise self._failure

    async def connection(self) -> AsyncIterator[EncodedFrame]:
        """Frames from the next keyframe on, until the feed ends, or the connection stops or is renewed."""
        opened, started = self._clock(), False
        while not self._stopping.is_set():
            frame = await self._next()
            if frame is None:
                return
            if started and frame.keyframe and self._clock() - opened > RENEW_SECONDS:
                self._held = frame
                return
            started = started or frame.keyframe
            if started:
                yield frame

    async def _next(self) -> EncodedFrame | None:
        frame, self._held = self._held, None
        if frame is None:
            frame = await self._produce()
        while frame is not None and (early := frame.time_ms / 1000 - self._clock()) > 0:
            if self._stopping.is_set():
                return None
            await asyncio.sleep(min(early, _WAKE_SECONDS))
        return frame

    async def _produce(self) -> EncodedFrame | None:
        # If a connection breaks while a frame is being produced, the next connection takes that frame.
        self._pending = self._pending or asyncio.ensure_future(asyncio.to_thread(next, self._frames, None))
        try:
            frame = await asyncio.shield(self._pending)
        except UnopenableVideo as error:  # aiohttp would hide an exception of a body
            self._failure, frame = error, None
        self._pending = None
        self.ended = frame is None
        return frame
