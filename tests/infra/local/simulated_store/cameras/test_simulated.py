"""The feed of the simulated camera: which frame is drawn at what time."""

from datetime import UTC, datetime
from itertools import islice

from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from ingest.frames.inspection import digest_of
from ingest.jpeg import JpegMaker
from ingest.kvs.video import Keyframe

START = 1_795_437_840


class ManualClock:
    """A clock that the test sets."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """The current time."""
        return self.now


def test_ten_frames_a_second_each_second_begun_by_a_keyframe() -> None:
    frames = list(islice(SimulatedCamera("aisle").feed(ManualClock(START - 0.4)).frames, 21))
    assert [frame.time_ms for frame in frames] == [START * 1000 + 100 * tick for tick in range(21)]
    assert [tick for tick, frame in enumerate(frames) if frame.keyframe] == [0, 10, 20]


def test_h264_with_length_prefixes_and_an_avcc() -> None:
    feed = SimulatedCamera("aisle").feed(ManualClock(START))
    assert (feed.track.codec_id, feed.track.width, feed.track.height) == ("V_MPEG4/ISO/AVC", 854, 480)
    assert feed.track.codec_private[0] == 1
    for frame in islice(feed.frames, 11):
        kinds, rest = [], frame.data
        while rest:
            size = int.from_bytes(rest[:4], "big")
            kinds.append(rest[4] & 0x1F)
            rest = rest[4 + size :]
        assert (5 in kinds) == frame.keyframe  # an IDR picture


def test_a_late_camera_leaves_out_the_rest_of_the_second() -> None:
    clock = ManualClock(START)
    frames = SimulatedCamera("aisle").feed(clock).frames
    next(frames)
    clock.now = START + 0.6
    frame = next(frames)
    assert frame.keyframe
    assert frame.time_ms == (START + 1) * 1000
    clock.now = START + 1.2
    assert next(frames).time_ms == START * 1000 + 1100


def test_a_very_late_camera_goes_on_with_the_present_second() -> None:
    clock = ManualClock(START)
    frames = SimulatedCamera("aisle").feed(clock).frames
    next(frames)
    clock.now = START + 60.5
    frame = next(frames)
    assert frame.keyframe
    assert frame.time_ms == (START + 60) * 1000


def test_an_empty_shop_gives_another_picture_each_second() -> None:
    """Otherwise it would be a frozen picture, and no count of zero."""
    camera, snapshots = SimulatedCamera("aisle"), SnapshotCamera("aisle")
    start = next(
        START + second
        for second in range(3600)
        if not any(camera.truth(START + second + later) for later in range(4))
    )
    frames = list(islice(camera.feed(ManualClock(start - 0.4)).frames, 31))
    track = camera.feed(ManualClock(start)).track
    jpegs = JpegMaker()
    pictures = [
        jpegs.visible_jpeg(Keyframe(datetime.fromtimestamp(start, UTC), track, frame.data)) or b""
        for frame in frames
        if frame.keyframe
    ]
    assert len({digest_of(picture) for picture in pictures}) == 4
    assert b"" not in pictures
    assert len({digest_of(snapshots.picture(start + second)) for second in range(4)}) == 4
