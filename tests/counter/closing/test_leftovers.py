from datetime import datetime

import pytest

from counter.closing.leftovers import WaitingFrames, all_cameras, leftovers, waiting_frames
from counter.rows.new_rows import counted_row, gap_row
from counter.rows.occupancy import Row
from counter.rows.people import Detection
from counter.rows.placing import Frame, place
from ingest.frames.keys import parse
from ingest.frames.messages import GapReason
from ingest.registry.camera import InvalidCamera, Source
from ingest.registry.registered import RegisteredCamera
from tests.counter.world import NOON, RETENTION, at, camera, frame_key

TILL = camera("till-1", since=NOON)
LENS = camera("lens", since=NOON, source=Source.PUSH, original_deeplens=True)
BROKEN = InvalidCamera("till-3", ["min_confidence 5 is outside 50..100"])
CAMERAS = all_cameras([RegisteredCamera(TILL), RegisteredCamera(LENS), BROKEN])


def image_key(stream: str, instant: datetime) -> str:
    return f"frame/x_123456789012_{stream}_{int(instant.timestamp())}000_ab.jpg"


def waiting(*keys: str, before: datetime | None = None) -> WaitingFrames:
    return waiting_frames([(key, at(25)) for key in keys], CAMERAS, before or at(15))


def test_all_cameras_by_id_and_by_sender() -> None:
    silent = camera("silent", source=Source.PUSH)
    twin = camera("till-2", stream_name="till-1")
    found = all_cameras([*map(RegisteredCamera, (TILL, twin, LENS, silent)), BROKEN])
    assert found.by_id == {
        "till-1": TILL,
        "till-2": twin,
        "lens": LENS,
        "silent": silent,
        "till-3": BROKEN,
    }
    assert found.by_sender == {"stream/till-1": [TILL, twin], "original-deeplens": [LENS]}


def test_frames_of_known_cameras_are_waiting_by_instant() -> None:
    keys = [frame_key("till-1", at(0)), frame_key("till-1", at(0), before=2), image_key("till-1", at(5))]
    found = waiting(*keys)
    frames = [place(key, parse(key), at(25), CAMERAS) for key in keys]
    assert found == WaitingFrames({("till-1", at(0)): frames[:2], ("till-1", at(5)): frames[2:]}, [])


def test_a_frame_of_no_due_instant_is_never_due() -> None:
    key = image_key("till-1", at(-30))
    assert waiting(key) == WaitingFrames({}, [key])


@pytest.mark.parametrize(
    "key",
    [
        frame_key("till-1", at(15)),
        image_key("till-1", at(20)),
        frame_key("till-9", at(0)),
        frame_key("till-3", at(0)),
        image_key("unknown", at(0)),
        "frame/holiday.jpg",
        frame_key("till-1", at(28)),
    ],
    ids=[
        "not closed yet",
        "image of a quarter hour not closed yet",
        "unknown camera",
        "camera whose item is wrong",
        "unknown stream",
        "unknown key",
        "ahead",
    ],
)
def test_other_objects_are_left_alone(key: str) -> None:
    assert waiting(key) == WaitingFrames()


def row(instant: datetime, reason: GapReason | None) -> Row:
    if reason:
        return gap_row(TILL, instant, reason, RETENTION)
    frame = Frame("key", TILL, instant, instant)
    return counted_row(frame, instant, Detection((), "rekognition/3.0"), RETENTION)


@pytest.mark.parametrize(
    ("minutes", "has_row", "reason", "expected"),
    [
        (5, True, None, True),
        (5, True, GapReason.UNREADABLE_IMAGE, True),
        (5, True, GapReason.NOT_LOCALISED, True),
        (5, True, GapReason.NOT_COUNTED, False),
        (5, True, GapReason.NOT_PULLED, False),
        (5, True, GapReason.EXPIRED, False),
        (5, False, None, False),
        (1, False, None, True),
        (1, True, None, True),
        (1, True, GapReason.NOT_COUNTED, False),
    ],
)
def test_what_is_left_over(minutes: int, has_row: bool, reason: GapReason | None, expected: bool) -> None:
    keys = [frame_key("till-1", at(minutes)), frame_key("till-1", at(minutes), before=2)]
    instant = ("till-1", at(minutes))
    rows = {instant: row(at(minutes), reason)} if has_row else {}
    assert leftovers(waiting(*keys), rows) == ({instant: keys} if expected else {})


def test_each_instant_is_judged_by_its_own_row() -> None:
    keys = [frame_key("till-1", at(minute)) for minute in (0, 5)]
    rows = {("till-1", at(0)): row(at(0), None), ("till-1", at(5)): row(at(5), GapReason.NOT_COUNTED)}
    assert leftovers(waiting(*keys), rows) == {("till-1", at(0)): keys[:1]}
