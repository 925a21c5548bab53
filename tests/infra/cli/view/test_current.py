"""The frame of a stream, against the local KVS over HTTP."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from infra.cli.view.current import NoRecentVideo, current_frame
from infra.cli.view.frame import PreviewFrame
from ingest.jpeg import UndecodableKeyframe
from ingest.kvs import mkv
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.readers import QUIET_SECONDS
from ingest.times import to_millis
from tests.ingest.cloud import Cloud, Piece, at, camera, cloud, live, put_bodies
from tests.ingest.video import Codec, grey

BROKEN = b"\0\0\0\1\x65"
"""Marked as a keyframe, but without a picture."""


@pytest.fixture
def kvs() -> Iterator[Cloud]:
    with cloud(at(0)) as kvs:
        yield kvs


def current(kvs: Cloud, stream: str = "door") -> PreviewFrame:
    return current_frame(kvs.dependencies().kvs, camera(stream_name=stream), kvs.clock.now)


def level(frame: PreviewFrame) -> float:
    """The grey level of the stripe in the middle of the frame, 0..255."""
    width, _ = frame.size
    return float(frame.pixels[:, width * 4 // 9 : width * 5 // 9].mean())


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_one_image_of_the_newest_fragment(kvs: Cloud, codec: Codec) -> None:
    kvs.create_stream("door")
    kvs.publish("door", live(3), grey(60, codec=codec))
    kvs.publish("door", live(1, start=6), grey(200, codec=codec))
    frame = current(kvs)
    assert frame.origin == "2023-11-14 22:15:06 UTC, from GetImages"
    assert (frame.content_type, frame.size) == ("image/jpeg", (96, 80))
    assert level(frame) == pytest.approx((200 - 16) * 255 / 219, abs=3)


def test_late_video_is_not_taken_for_the_current(kvs: Cloud) -> None:
    kvs.create_stream("door")
    kvs.publish("door", live(1), grey(60))
    kvs.publish("door", [Piece(at(-600), at(30))], grey(200))
    assert current(kvs).origin == "2023-11-14 22:15 UTC, from GetImages"


def test_where_getimages_has_none_the_fragment_is_decoded(kvs: Cloud) -> None:
    """Its first keyframe is broken, a later one is not."""
    good = grey(150)
    blocks = [(0, BROKEN), (1000, good.packet), (1500, BROKEN)]
    body = mkv.header([good.track]) + mkv.cluster(to_millis(at(0)))
    body += b"".join(mkv.simple_block(1, time, packet, keyframe=True) for time, packet in blocks)
    kvs.create_stream("door")
    put_bodies(kvs.url, "door", [body])
    frame = current(kvs)
    assert frame.origin == (
        "2023-11-14 22:15:01 UTC, decoded from its fragment, because GetImages answered MEDIA_ERROR"
    )
    assert level(frame) == pytest.approx((150 - 16) * 255 / 219, abs=3)


def test_where_nothing_can_be_decoded(kvs: Cloud) -> None:
    body = mkv.header([grey().track]) + mkv.cluster(to_millis(at(0)))
    kvs.create_stream("door")
    put_bodies(kvs.url, "door", [body + mkv.simple_block(1, 0, BROKEN, keyframe=True)])
    with pytest.raises(
        UndecodableKeyframe, match=r"^keyframe of 2023-11-14T22:15:00\+00:00 .* cannot be decoded"
    ):
        current(kvs)


def test_a_stream_that_keeps_no_video(kvs: Cloud) -> None:
    kvs.create_stream("door", retention_hours=0)
    kvs.publish("door", live(3), grey(60))
    kvs.publish("door", live(1, start=8), grey(200))
    frame = current(kvs)
    assert frame.origin == "2023-11-14 22:15:08 UTC, decoded from its live media, because it keeps no video"
    assert level(frame) == pytest.approx((200 - 16) * 255 / 219, abs=3)


def test_a_stream_without_retention_into_which_nothing_comes(kvs: Cloud) -> None:
    kvs.create_stream("door", retention_hours=0)
    with pytest.raises(NoRecentVideo) as silent:
        current(kvs)
    assert str(silent.value) == (
        f"stream 'door' keeps no video, and none arrived within {QUIET_SECONDS} s: check that the camera"
        " and its gateway run, or view a picture of it with --from-file"
    )


@pytest.mark.parametrize(
    ("later", "since"),
    [
        (timedelta(minutes=3), "since 2023-11-14 22:15:05 UTC (2 min ago)"),
        (timedelta(hours=5), "since 2023-11-14 22:15:05 UTC (4 h ago)"),
        (timedelta(hours=23, minutes=59), "since 2023-11-14 22:15:05 UTC (23 h ago)"),
        (timedelta(hours=30), "for 24 h"),
    ],
)
def test_a_stream_that_fell_silent(kvs: Cloud, later: timedelta, since: str) -> None:
    kvs.create_stream("door", retention_hours=48)
    kvs.publish("door", live(3), grey())
    kvs.clock.now = at(0) + later
    with pytest.raises(NoRecentVideo) as silent:
        current(kvs)
    assert str(silent.value) == (
        f"stream 'door' has had no video {since}: check that the camera and its gateway run,"
        " or view a picture of it with --from-file"
    )


def test_a_stream_that_is_not_there(kvs: Cloud) -> None:
    with pytest.raises(StreamUnavailable, match=r"^stream 'gone' cannot be read: it does not exist"):
        current(kvs, "gone")
