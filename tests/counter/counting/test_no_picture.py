"""Pictures that show nothing, and frozen ones, on the wire: gaps that name the camera, and never zero."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from ingest.frames.inspection import Inspection
from ingest.frames.keys import FrameKey
from ingest.frames.messages import GapNotice, GapReason
from ingest.registry.camera import Source
from tests.counter.rekognition import END_OF_IMAGE, people
from tests.counter.world import World, at, camera, event, failed, frame_bucket, frame_key, notice
from tests.ingest.pictures import jpeg, plain, sensed, stripes

BLACK = jpeg(sensed(plain(0), noise=4))
SCENE = jpeg(stripes())


def sent(world: World, minutes: int, said: Inspection, count: int = 0, camera_id: str = "till-1") -> str:
    """A frame whose sender inspected it; Rekognition would find `count` people on it."""
    key = frame_key(camera_id, at(minutes))
    answer = world.state.get(world.put(key, people(*[99.0] * count)))
    frame_bucket().put(FrameKey(camera_id, at(minutes), at(minutes - 0.4 / 60)), answer or b"", said)
    return key


def digest(letter: str) -> Inspection:
    return Inspection(letter * 16)


def test_what_its_sender_says_shows_nothing_is_a_gap_that_costs_no_detection(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add(camera())
    key = sent(world, 0, Inspection("a" * 16, shows_nothing=True))
    batch = world.count([event("m", key)])
    assert (failed(batch), world.counts(), world.keys_left()) == ([], {"12:00:00": "no_picture"}, [])
    assert world.rekognition.calls == []
    assert batch.gaps == {GapReason.NO_PICTURE: 1}
    assert world.roll_ups() == world.expected_roll_ups()
    assert [row.digest for row in world.rows()] == ["a" * 16]
    assert f"frame {key!r} of camera 'till-1' cannot be counted (it shows nothing): check" in caplog.text


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (frame_key("till-1", at(0)), {}),
        ("frame/2026-11-22 11:59:58.jpg", {"source": Source.PUSH, "original_deeplens": True}),
        (f"frame/cam_123456789012_till_{int(at(0).timestamp() * 1000)}_7.jpg", {"stream_name": "till"}),
    ],
    ids=["a device that is not ours", "the original DeepLens function", "KVS's image delivery"],
)
def test_the_counter_looks_at_the_frames_of_other_senders(
    world: World, key: str, values: dict[str, Any]
) -> None:
    world.add(camera(**values))
    world.put(key, people(), BLACK)
    assert failed(world.count([event("m", key)])) == []
    assert (world.counts(), world.rekognition.calls) == ({"12:00:00": "no_picture"}, [])
    world.put(frame_key("till-1", at(5)), people(99), SCENE)
    world.count([event("n", frame_key("till-1", at(5)))])
    assert world.counts() == {"12:00:00": "no_picture", "12:05:00": 1}


def test_of_two_frames_for_an_instant_the_one_with_a_picture_counts(world: World) -> None:
    world.add(camera())
    black = world.put(frame_key("till-1", at(0), before=0.1), people(), BLACK)
    whole = world.put(frame_key("till-1", at(0), before=2), people(99, 99), SCENE)
    world.count([event("a", black), event("b", whole)])
    assert (world.counts(), world.keys_left(), world.rekognition.calls) == ({"12:00:00": 2}, [], [whole])


def test_a_late_frame_with_a_picture_is_counted_and_then_stays(world: World) -> None:
    world.add(camera())
    world.count([event("a", sent(world, 0, Inspection("a" * 16, shows_nothing=True)))])
    late = world.put(frame_key("till-1", at(0), before=2), people(99), SCENE)
    world.count([event("b", late)])
    assert world.counts() == {"12:00:00": 1}
    world.count([event("c", sent(world, 0, Inspection("a" * 16, shows_nothing=True)))])
    assert (world.counts(), world.keys_left()) == ({"12:00:00": 1}, [])
    assert world.roll_ups() == world.expected_roll_ups()


def test_a_notice_of_the_pull_is_the_same_gap(world: World) -> None:
    world.add(camera())
    world.count([notice("m", GapNotice("till-1", at(0), GapReason.NO_PICTURE))])
    assert world.counts() == {"12:00:00": "no_picture"}


def test_from_the_third_identical_picture_on_instants_are_gaps(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add(camera())
    for minutes, letter in enumerate("aabbbbcb"):
        world.count([event("m", sent(world, 5 * minutes, digest(letter), count=1))])
    frozen = "no_picture"
    assert list(world.counts().values()) == [1, 1, 1, 1, frozen, frozen, 1, 1]
    assert len(world.rekognition.calls) == 6
    assert world.keys_left() == []
    assert world.roll_ups() == world.expected_roll_ups()
    assert caplog.text.count("(it is the same as the two frames before, byte for byte): restart") == 2


def test_a_batch_gives_the_same_in_any_order(world: World) -> None:
    keys = [frame_key("till-1", at(5 * number)) for number in range(5)]
    world.add(camera())
    before = world.state.snapshot()
    for order in permutations(range(5)):
        for number in range(5):
            sent(world, 5 * number, digest("a"))
        world.count([event(f"m{number}", keys[number]) for number in order])
        assert list(world.counts().values()) == [0, 0, "no_picture", "no_picture", "no_picture"]
        world.state.restore(before)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_one_after_the_other_in_any_order_never_more_is_a_gap(world: World, order: tuple[int, ...]) -> None:
    """An instant whose predecessors come later is counted; what is a gap in order may be a count then."""
    world.add(camera())
    for number in order:
        world.count([event("m", sent(world, 5 * number, digest("a"), count=1))])
    found = list(world.counts().values())
    assert found[:2] == [1, 1]
    assert set(found) <= {1, "no_picture"}
    if order == (0, 1, 2, 3):
        assert found == [1, 1, "no_picture", "no_picture"]
    if order == (3, 2, 1, 0):
        assert found == [1, 1, 1, 1]


def test_a_replay_changes_nothing(world: World) -> None:
    world.add(camera())
    for minutes in (0, 5, 10, 15):
        world.count([event("m", sent(world, minutes, digest("a"), count=1))])
    before = (world.rows(), world.roll_ups())
    calls = len(world.rekognition.calls)
    for minutes in (15, 0, 10, 5):
        key = sent(world, minutes, digest("a"), count=1)
        assert failed(world.count([event("m", key), event("again", key)])) == []
    assert (world.rows(), world.roll_ups(), world.keys_left()) == (*before, [])
    assert len(world.rekognition.calls) == calls


def test_a_gap_without_a_picture_ends_a_run(world: World) -> None:
    world.add(camera())
    for minutes in (0, 5, 15, 20, 25):
        world.count([event("m", sent(world, minutes, digest("a")))])
    assert list(world.counts().values()) == [0, 0, 0, 0, "no_picture"]


def test_a_camera_that_may_repeat_its_picture_is_counted(world: World) -> None:
    world.add(replace(camera(), repeats=True))
    for minutes in (0, 5, 10, 15):
        world.count([event("m", sent(world, minutes, digest("a"), count=2))])
    assert list(world.counts().values()) == [2, 2, 2, 2]


def test_frames_of_other_senders_are_frozen_too(world: World) -> None:
    world.add(camera())
    for minutes in (0, 5, 10):
        world.put(key := frame_key("till-1", at(minutes)), people(), SCENE + END_OF_IMAGE)
        world.count([event("m", key)])
    assert list(world.counts().values()) == [0, 0, "no_picture"]


def test_a_frame_that_cannot_be_looked_at_comes_again_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(camera())
    bad, good = sent(world, 0, digest("a")), sent(world, 5, digest("b"))

    def refuse(params: dict[str, str], **_: object) -> None:
        if params["Key"] == bad:
            raise world.s3.exceptions.ClientError({"Error": {"Code": "SlowDown"}}, "HeadObject")

    hook = ("provide-client-params.s3.HeadObject", refuse)
    world.s3.meta.events.register(*hook)
    batch = world.count([event("bad", bad), event("good", good)])
    world.s3.meta.events.unregister(*hook)
    assert (failed(batch), dict(batch.failures)) == (["bad"], {"HeadObject: SlowDown": [bad]})
    assert (world.counts(), world.keys_left()) == ({"12:05:00": 0}, [bad])
    world.count([event("bad", bad)])
    assert list(world.counts().values()) == [0, 0]
