"""Device -> frame bucket: reads a webcam continuously, and gives a JPEG on request.

A webcam that was just opened is dark until its exposure has settled, and one that is not read returns old
pictures. Each one is read in its own thread, and opened again after any failure.
"""

import asyncio
import time
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from av.video.codeccontext import VideoCodecContext

from ingest.errors import OccupancyError
from ingest.frames.limits import MAX_BYTES
from ingest.gateway.capture.devices import PICTURE_FORMATS
from ingest.gateway.capture.framing import CODECS
from ingest.gateway.capture.opening import Unreadable, WrongFormat, container_of
from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.mjpeg import whole_jpeg
from ingest.gateway.pictures.pictures import Picture
from ingest.gateway.pictures.snapshots import NoPicture
from ingest.gateway.timing.backoff import Backoff
from ingest.jpeg import JpegEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.packet import Packet
    from av.video.stream import VideoStream

FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0
CLOSE_SECONDS = 2.0
"""A device that has stopped sending blocks its thread for longer: FFmpeg then waits in the kernel."""


class DevicePictures:
    """One device's pictures: each caller gets the next one."""

    lead = timedelta(seconds=1)

    def __init__(self, address: Address) -> None:
        self._address = address
        self._asked: SimpleQueue[Future[Picture]] = SimpleQueue()
        self._closing = Event()
        self._thread: Thread | None = None
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the device."""
        return self._problem

    def open(self) -> None:
        """Start reading the device, unless a thread already reads it."""
        if self._thread is None or not self._thread.is_alive():
            self._closing = Event()
            name = f"device-{self._address.shown}"
            self._thread = Thread(target=self._run, args=(self._closing,), name=name, daemon=True)
            self._thread.start()

    async def take(self) -> Picture:
        """The next picture. Raises NoPicture."""
        if self._problem is not None:
            raise NoPicture(self._problem)
        asked: Future[Picture] = Future()
        self._asked.put(asked)
        return await asyncio.wrap_future(asked)

    async def close(self) -> None:
        """Stop reading the device."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            await asyncio.to_thread(thread.join, CLOSE_SECONDS)
            self._problem = None

    def _run(self, closing: Event) -> None:
        backoff = Backoff(FIRST_RETRY, LONGEST_RETRY)
        while not closing.is_set():
            try:
                self._read(closing, backoff)
            except OccupancyError as error:
                if not closing.is_set():
                    self._problem = str(error)
                    self._answer(NoPicture(self._problem))
                    closing.wait(backoff.next())

    def _read(self, closing: Event, backoff: Backoff) -> None:
        """Read until the device is closed. Raises Unreadable."""
        with container_of(self._address, PICTURE_FORMATS) as (container, stream):
            jpegs = _PacketJpegs(stream.codec_context, self._address.shown)
            self._follow(container.demux(stream), jpegs, closing, backoff)
        if not closing.is_set():
            raise Unreadable(f"{self._address.shown} has ended its stream")

    def _follow(
        self,
        packets: "Iterator[Packet[VideoStream]]",
        jpegs: "_PacketJpegs",
        closing: Event,
        backoff: Backoff,
    ) -> None:
        """Read packets until the device is closed. A function, so that no packet is left when it returns."""
        for packet in packets:
            if closing.is_set():
                return
            if not packet.size:
                continue  # how the driver marks a damaged one; a decoder would take it for the end
            arrived = time.monotonic()
            self._problem = None
            backoff.reset()
            if not self._asked.empty() and (jpeg := jpegs.jpeg(packet)):
                self._answer(Picture(jpeg, arrived))

    def _answer(self, answer: Picture | NoPicture) -> None:
        """Answer everybody who has asked so far."""
        waiting = []
        with suppress(Empty):
            while True:
                waiting.append(self._asked.get_nowait())
        for asked in waiting:
            if not asked.set_running_or_notify_cancel():
                continue  # the caller gave up
            if isinstance(answer, Picture):
                asked.set_result(answer)
            else:
                asked.set_exception(answer)


class _PacketJpegs:
    """Makes JPEGs of one opening's packets: MJPEG as it is, other formats encoded. Raises WrongFormat.

    MJPEG is encoded again where a frame is larger than Rekognition takes.
    """

    def __init__(self, decoder: VideoCodecContext, shown: str) -> None:
        if decoder.name in CODECS:
            raise WrongFormat(
                f"{shown} gives {decoder.name} instead of pictures: make it a KVS camera with"
                " `occupancy camera set NAME --source kvs`"
            )
        self._decoder = decoder
        self._encoder = JpegEncoder()

    def jpeg(self, packet: "Packet[VideoStream]") -> bytes | None:
        """A packet's JPEG, None if it is damaged. Raises av.FFmpegError."""
        if self._decoder.name == "mjpeg":
            jpeg = whole_jpeg(bytes(packet))
            if jpeg is None or len(jpeg) <= MAX_BYTES:
                return jpeg
        return next((self._encoder.encode(frame) for frame in self._decoder.decode(packet)), None)
