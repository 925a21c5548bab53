from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeplens.upload import AHEAD
from ingest.frames.keys import (
    CLOCK_TOLERANCE,
    FrameKey,
    KvsImageKey,
    OriginalDeepLensKey,
    UnknownFrameKey,
    instant_prefix,
    parse,
)
from ingest.times import from_millis, from_text

camera_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
times = st.integers(min_value=0, max_value=7_258_118_399_999).map(from_millis)
# Twelve digits between underscores in a stream's own name could be read as the account.
stream_names = st.from_regex(r"[a-zA-Z_.-]{1,256}", fullmatch=True)


@given(camera_ids, times, times)
def test_a_frame_key_reads_back(camera_id: str, instant: datetime, frame_time: datetime) -> None:
    key = FrameKey(camera_id, instant, frame_time)
    assert parse(str(key)) == key
    assert str(key).startswith(instant_prefix(camera_id, instant))


def test_the_form_of_a_frame_key() -> None:
    key = FrameKey("entrance", from_text("2026-11-22T00:00:00Z"), from_text("2026-11-21T23:59:59.123Z"))
    assert str(key) == "frame/entrance/2026-11-22/20261122T000000000Z_20261121T235959123Z.jpg"


def test_a_key_of_the_first_year_has_a_folder_of_four_digits() -> None:
    time = from_text("0001-01-01T00:00:00Z")
    text = "frame/entrance/0001-01-01/00010101T000000000Z_00010101T000000000Z.jpg"
    assert str(FrameKey("entrance", time, time)) == text
    assert parse(text) == FrameKey("entrance", time, time)


@pytest.mark.parametrize(
    ("key", "time"),
    [
        ("frame/2018-11-30 14:05:07.123456.jpg", datetime(2018, 11, 30, 14, 5, 7, 123456)),
        ("frame/2018-11-30 14:05:07.jpg", datetime(2018, 11, 30, 14, 5, 7)),
        ("frame/2018-11-30 14:05:07.1.jpg", datetime(2018, 11, 30, 14, 5, 7, 100000)),
    ],
)  # fmt: skip
def test_keys_of_the_original_deeplens_function(key: str, time: datetime) -> None:
    read = parse(key)
    assert read == OriginalDeepLensKey(time)
    assert isinstance(read, OriginalDeepLensKey)
    assert read.device_time.tzinfo is None


MOMENT = from_text("2026-11-22T14:05:07.123Z")
MILLIS = "1795356307123"


@pytest.mark.parametrize(
    ("key", "stream_name"),
    [
        (f"frame/shop_123456789012_entrance_{MILLIS}_4f1c.jpg", "entrance"),
        (f"frame/my_shop_1_123456789012_entrance_{MILLIS}_4f1c.jpg", "entrance"),
        (f"frame/shop_123456789012_my_front_door_{MILLIS}_4f1c.jpg", "my_front_door"),
        (f"frame/a_b/c_d_123456789012_x_y_z_{MILLIS}_4f1c-99.jpeg", "x_y_z"),
        (f"frame/shop/123456789012_Cam.1-a_{MILLIS}_0.jpg", "Cam.1-a"),
        (f"frame/shop_123456789012_cam_12_{MILLIS}_0.jpg", "cam_12"),
        # A prefix that looks like an account: the stream's name is the shorter reading.
        (f"frame/111111111111_123456789012_cam_{MILLIS}_0.jpg", "cam"),
    ],
)
def test_keys_of_kvs_image_delivery(key: str, stream_name: str) -> None:
    assert parse(key) == KvsImageKey(stream_name, MOMENT)


@given(st.from_regex(r"[a-z_]{0,20}", fullmatch=True), stream_names, st.integers(10**12, 10**13 - 1))
def test_any_prefix_and_stream_may_have_underscores(prefix: str, stream_name: str, millis: int) -> None:
    read = parse(f"frame/{prefix}_123456789012_{stream_name}_{millis}_a1b2.jpg")
    assert read == KvsImageKey(stream_name, from_millis(millis))


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("frame/", "expected frame/<camera>/<YYYY-MM-DD>/<instant>_<frame time>.jpg"),
        ("frame/note.txt", "expected frame/<camera>/<YYYY-MM-DD>/<instant>_<frame time>.jpg"),
        ("other/entrance.jpg", "expected frame/<camera>/<YYYY-MM-DD>/<instant>_<frame time>.jpg"),
        (
            "frame/entrance/2026-11-22/20261122T140500000Z_20261122T140459123Z.png",
            "expected frame/<camera>/<YYYY-MM-DD>/<instant>_<frame time>.jpg",
        ),
        (
            "frame/Entrance/2026-11-22/20261122T140500000Z_20261122T140459123Z.jpg",
            "'Entrance' is not a camera name",
        ),
        (
            "frame/entrance/2026-11-23/20261122T140500000Z_20261122T140459123Z.jpg",
            "its folder 2026-11-23 is not the date of its instant 20261122T140500000Z",
        ),
        (
            "frame/entrance/2026-11-22/20261122T146000000Z_20261122T140459123Z.jpg",
            "'20261122T146000000Z' is not a valid time",
        ),
        (
            "frame/entrance/2026-11-22/20261122T140500000Z_now.jpg",
            "'now' is not of the form YYYYMMDDTHHMMSSmmmZ",
        ),
        ("frame/2018-13-30 14:05:07.jpg", "month must be in 1..12"),
    ],
)
def test_other_keys_say_why(key: str, why: str) -> None:
    with pytest.raises(UnknownFrameKey) as error:
        parse(key)
    assert str(error.value) == f"key {key!r} is not a frame key: {why}"


@given(st.text().map(lambda text: f"frame/{text}"))
def test_whatever_lies_below_the_prefix_is_read_or_refused(key: str) -> None:
    with suppress(UnknownFrameKey):
        assert parse(key)


def test_a_deeplens_unit_has_the_tolerance_of_the_counter() -> None:
    """The unit imports nothing of ours, so it has a constant of its own."""
    assert timedelta(seconds=AHEAD) == CLOCK_TOLERANCE
