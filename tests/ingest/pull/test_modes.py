"""The same ten minutes of video in each mode: the same instants, and the frames of a straight decode."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import av
import numpy as np
import pytest
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from infra.local.kvs.images.rendering import qscale
from infra.local.simulated_store.cameras.encoder import H264Encoder
from infra.local.simulated_store.cameras.media import EncodedFrame
from ingest.frames.bucket import FrameBucket
from ingest.frames.inspection import Inspection, digest_of
from ingest.frames.keys import FrameKey
from ingest.jpeg import JpegEncoder
from ingest.kvs import mkv
from ingest.kvs.images import JPEG_QUALITY
from ingest.kvs.video import Track
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import Tally
from ingest.pull.invocation import Invocation
from ingest.registry.camera import Mode
from ingest.registry.sampling import Sampling
from ingest.times import from_millis, to_millis
from tests.ingest.cloud import Cloud, at, camera, put_bodies

MINUTES = 10
EVERY = 5  # s
FRAME_MS = 200
GOP_MS = 2000
SHIFT_MS = 1700
"""How far the keyframes are before the sample instants, so that the modes take different frames."""
STREAMS = {Mode.IMAGES: "kept", Mode.FRAGMENTS: "kept", Mode.AUTO: "kept", Mode.MEDIA: "passing"}


def picture(time_ms: int) -> VideoFrame:
    """A picture of 64 x 48 with a moving bright column before dark rows, different at each time."""
    image = np.full((48, 64, 3), 40, np.uint8)
    image[np.arange(48) // 6 % 2 == 0] = 90
    left = time_ms // FRAME_MS * 3 % 56
    image[:, left : left + 8] = 220
    return VideoFrame.from_ndarray(image, format="bgr24")


def film() -> tuple[Track, list[EncodedFrame]]:
    """Ten minutes and a little before them, at five frames a second."""
    encoder = H264Encoder(64, 48, 1000 // FRAME_MS)
    start = to_millis(at(0)) - SHIFT_MS
    frames = [
        encoder.encode(picture(time), time, keyframe=(time - start) % GOP_MS == 0)
        for time in range(start, to_millis(at(60 * MINUTES)), FRAME_MS)
    ]
    return encoder.track, frames


def straight_decode(track: Track, frames: list[EncodedFrame]) -> dict[datetime, VideoFrame]:
    """Every frame, decoded from the first packet to the last by one decoder."""
    decoder = CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = track.codec_private
    decoder.thread_count = 1
    pictures: dict[datetime, VideoFrame] = {}
    for frame in frames:
        packet = av.Packet(frame.data)
        packet.pts = packet.dts = frame.time_ms
        pictures |= {from_millis(frame.pts or 0): frame for frame in decoder.decode(packet)}
    return pictures | {from_millis(frame.pts or 0): frame for frame in decoder.decode(None)}


def fragments(frames: list[EncodedFrame]) -> Iterator[tuple[int, bytes]]:
    """(start in ms, cluster) of each group of pictures."""
    start = frames[0].time_ms
    for _, group in groupby(frames, key=lambda frame: (frame.time_ms - start) // GOP_MS):
        parts = list(group)
        first = parts[0].time_ms
        blocks = (
            mkv.simple_block(1, part.time_ms - first, part.data, keyframe=part.keyframe) for part in parts
        )
        yield first, mkv.cluster(first) + b"".join(blocks)


class FramesInMemory(FrameBucket):
    """Keeps the frames that are put, each instant once."""

    def __init__(self) -> None:
        self.by_camera: dict[str, dict[datetime, tuple[datetime, bytes]]] = {}

    def put(self, key: FrameKey, jpeg: bytes, inspection: Inspection | None = None) -> None:
        assert inspection == Inspection(digest_of(jpeg))
        frames = self.by_camera.setdefault(key.camera_id, {})
        assert key.instant not in frames, key
        frames[key.instant] = key.frame_time, jpeg


def run(kvs: Cloud, track: Track, frames: list[EncodedFrame], bucket: FrameBucket) -> dict[Mode, Tally]:
    """Ten minutes of filming, each minute followed by a pull of every camera."""
    kvs.create_stream("kept")
    kvs.create_stream("passing", retention_hours=0)
    for mode, stream in STREAMS.items():
        sampling = Sampling(sample_every=EVERY)
        kvs.registry.add(camera(camera_id=mode.value, stream_name=stream, mode=mode, sampling=sampling))
    totals = {mode: Tally() for mode in STREAMS}
    waiting = list(fragments(frames))
    for minute in range(1, MINUTES + 3):
        kvs.clock.now = at(60 * minute)
        arrived = [cluster for start, cluster in waiting if start + GOP_MS <= to_millis(kvs.clock.now)]
        waiting = waiting[len(arrived) :]
        if arrived:
            body = mkv.header([track]) + b"".join(arrived)
            for stream in ("kept", "passing"):
                put_bodies(kvs.url, stream, [body])
        for mode, total in totals.items():
            invocation = Invocation("me", kvs.clock.now, timedelta(minutes=1), lambda: True)
            dependencies = replace(kvs.dependencies(), frames=bucket)
            tally = pull_camera(kvs.registry, dependencies, mode.value, invocation)
            total.frames += tally.frames
            total.image_calls += tally.image_calls
            total.fragments += tally.fragments
            assert tally.troubles == {}
    return totals


@pytest.fixture
def video() -> tuple[Track, list[EncodedFrame]]:
    return film()


def test_each_mode_takes_the_frames_of_a_straight_decode(
    kvs: Cloud, video: tuple[Track, list[EncodedFrame]]
) -> None:
    track, frames = video
    decoded = straight_decode(track, frames)
    keyframes = [from_millis(frame.time_ms) for frame in frames if frame.keyframe]
    bucket = FramesInMemory()
    totals = run(kvs, track, frames, bucket)

    due = {at(seconds) for seconds in range(0, 60 * MINUTES + 1, EVERY)}  # the last frame is 0.1 s old then
    found = bucket.by_camera
    assert {camera_id: set(frames) for camera_id, frames in found.items()} == {
        mode.value: due for mode in STREAMS
    }
    assert kvs.notices() == set()

    as_keyframes, as_images = JpegEncoder(), JpegEncoder(qscale(JPEG_QUALITY))
    for instant in sorted(due):
        keyframe = max(time for time in keyframes if time <= instant)
        by_keyframe = keyframe, as_keyframes.encode(decoded[keyframe])
        latest = max(time for time in decoded if time <= instant)
        by_image = instant, as_images.encode(decoded[latest])
        assert latest > keyframe
        assert found["fragments"][instant] == found["media"][instant] == by_keyframe
        assert found["images"][instant] == found["auto"][instant] == by_image

    assert totals[Mode.AUTO] == totals[Mode.IMAGES]
    assert totals[Mode.IMAGES].image_calls <= MINUTES + 1  # a minute's twelve instants in one call
    assert totals[Mode.FRAGMENTS].fragments == len(due)
