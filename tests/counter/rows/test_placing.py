from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from counter.rows.placing import Cameras, Frame, Unplaceable, place, reject_ahead, sender_of
from ingest.frames.keys import FrameKey, KvsImageKey, OriginalDeepLensKey, parse
from ingest.registry.camera import Camera, InvalidCamera, Source
from ingest.registry.sampling import Sampling
from tests.counter.world import NOON, at, camera, frame_key

LATER = at(60)
TILL = camera("till-1", stream_name="lobby_cam")
LENS = camera("lens", source=Source.PUSH, original_deeplens=True)
BROKEN = InvalidCamera("till-2", ["min_confidence 5 is outside 50..100"])


def cameras(*found: Camera) -> Cameras:
    """These cameras, by ID and by sender."""
    by_sender: dict[str, list[Camera]] = {}
    for entry in found:
        if entry.sender:
            by_sender.setdefault(entry.sender, []).append(entry)
    return Cameras({entry.camera_id: entry for entry in found}, by_sender)


def placed(key: str, known: Cameras, event_time: datetime = LATER) -> Frame:
    return place(key, parse(key), event_time, known)


@pytest.mark.parametrize(
    ("key", "sender"),
    [
        (FrameKey("till-1", NOON, NOON), None),
        (OriginalDeepLensKey(datetime(2026, 11, 22, 12, 0)), "original-deeplens"),
        (KvsImageKey("lobby", NOON), "stream/lobby"),
    ],
)
def test_sender_of(key: Any, sender: str | None) -> None:
    assert sender_of(key) == sender


def test_our_own_key_names_camera_instant_and_time() -> None:
    key = frame_key("till-1", at(1))
    assert placed(key, cameras(TILL)) == Frame(key, TILL, at(1), at(1) - timedelta(milliseconds=400))


@pytest.mark.parametrize(("minutes", "instant"), [(5.2, at(5)), (4.8, at(5)), (2.4, at(0)), (2.6, at(5))])
def test_keys_of_kvs_image_delivery_are_put_on_the_nearest_instant(minutes: float, instant: datetime) -> None:
    millis = int(at(minutes).timestamp() * 1000)
    key = f"frame/lobby_123456789012_lobby_cam_{millis}_0a1b.jpg"
    assert placed(key, cameras(TILL)) == Frame(key, TILL, instant, at(minutes))


def test_a_kvs_image_from_before_the_camera_belongs_to_no_instant() -> None:
    key = f"frame/lobby_123456789012_lobby_cam_{int(at(5).timestamp())}000_0a1b.jpg"
    new = camera("till-1", stream_name="lobby_cam", since=at(30))
    assert placed(key, cameras(new)).instant is None


@pytest.mark.parametrize(
    ("device_time", "event_time", "instant"),
    [
        ("2026-07-01 14:04:10.123456", "2026-07-01T12:04:12Z", "2026-07-01T12:05:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:02Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T01:30:02Z", "2026-10-25T01:30:00Z"),
        ("2026-03-29 02:30:00", "2026-03-29T01:30:02Z", "2026-03-29T01:30:00Z"),
    ],
    ids=["summer", "doubled hour, first", "doubled hour, second", "hour that does not exist"],
)
def test_the_original_deeplens_key_is_read_in_the_cameras_time_zone(
    device_time: str, event_time: str, instant: str
) -> None:
    zone = Sampling(300, time_zone="Europe/Berlin")
    lens = replace(LENS, sampling=zone, since=datetime(2026, 1, 1, tzinfo=UTC))
    frame = placed(f"frame/{device_time}.jpg", cameras(lens), datetime.fromisoformat(event_time))
    assert (frame.camera, frame.original_deeplens) == (lens, True)
    assert frame.instant == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("key", "event_time", "sentence"),
    [
        (frame_key("till-9", at(0)), at(60), "camera 'till-9' is not in the registry: add it"),
        (
            "frame/x_123456789012_lobby_1795348800000_ab.jpg",
            at(60),
            "no camera in the registry sends as 'stream/lobby'",
        ),
        ("frame/2026-11-22 12:00:00.jpg", at(60), "no camera in the registry sends as 'original-deeplens'"),
        (frame_key("till-1", at(20)), at(17), "set its sender's clock"),
        (frame_key("till-1", at(20), before=210), at(17), "has the time 2026-11-22T12:20:00.000Z"),
        (frame_key("till-1", at(15), before=-300), at(17), "has the time 2026-11-22T12:20:00.000Z"),
        (
            f"frame/x_123456789012_lobby_cam_{int(at(20).timestamp())}000_ab.jpg",
            at(17),
            "has the time 2026-11-22T12:20:00.000Z, but arrived at 2026-11-22T12:17:00.000Z: set its",
        ),
    ],
    ids=[
        "unknown camera",
        "unknown stream",
        "no original unit",
        "ahead",
        "instant ahead",
        "time ahead",
        "image ahead",
    ],
)
def test_a_frame_that_no_retry_can_place(key: str, event_time: datetime, sentence: str) -> None:
    with pytest.raises(Unplaceable, match=sentence):
        placed(key, cameras(TILL), event_time)


def test_two_cameras_that_claim_one_stream_are_named() -> None:
    both = cameras(camera("till-1", stream_name="lobby"), camera("till-2", stream_name="lobby"))
    key = f"frame/x_123456789012_lobby_{int(NOON.timestamp())}000_ab.jpg"
    with pytest.raises(
        Unplaceable, match="cameras 'till-1' and 'till-2' both claim the sender 'stream/lobby'"
    ):
        placed(key, both)


@pytest.mark.parametrize(
    ("by_id", "by_sender", "key"),
    [
        ({"till-2": BROKEN}, {}, frame_key("till-2", at(0))),
        ({}, {"original-deeplens": BROKEN}, "frame/2026-11-22 12:00:00.jpg"),
    ],
)
def test_a_camera_whose_item_is_wrong(
    by_id: Mapping[str, Camera | InvalidCamera],
    by_sender: Mapping[str, Sequence[Camera] | InvalidCamera],
    key: str,
) -> None:
    with pytest.raises(InvalidCamera, match="min_confidence 5 is outside"):
        placed(key, Cameras(by_id, by_sender))


def test_a_clock_may_be_two_minutes_ahead() -> None:
    reject_ahead("key 'x'", at(2), at(0))
    with pytest.raises(Unplaceable, match=r"^key 'x' has the time 2026-11-22T12:02:00.060Z, but arrived at"):
        reject_ahead("key 'x'", at(2.001), at(0))
