from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from ingest.aws.dynamodb import from_item, to_item
from ingest.frames.messages import GapNotice, GapReason
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.fragments import Archive
from ingest.kvs.video import Fragment, FragmentError
from ingest.pull.camera import NotAKvsCamera, pull_camera
from ingest.pull.extraction import Tally
from ingest.pull.invocation import Invocation
from ingest.registry.camera import InvalidCamera, Source
from ingest.registry.registry_errors import LeaseHeld, UnknownCamera
from ingest.registry.sampling import Sampling
from ingest.registry.state_items import state_key
from ingest.times import to_millis
from tests.ingest.cloud import Cloud, Piece, at, camera, live
from tests.ingest.video import Coded, grey
from tests.killing import Killed, Killer

LEASE = timedelta(minutes=5)
EVERY_10_S = Sampling(sample_every=10)


def always() -> bool:
    return True


def pull_at(
    kvs: Cloud, seconds: float, time_left: Callable[[], bool] = always, camera_id: str = "door"
) -> Tally:
    kvs.clock.now = at(seconds)
    return pull_camera(
        kvs.registry,
        kvs.dependencies(),
        camera_id,
        Invocation(f"at {seconds}", at(seconds), LEASE, time_left),
    )


def instants(*seconds: float) -> set[datetime]:
    return {at(second) for second in seconds}


def notice(seconds: float, reason: GapReason) -> GapNotice:
    return GapNotice("door", at(seconds), reason)


def test_each_due_instant_becomes_the_frame_of_its_last_keyframe(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(16), grey())  # keyframes at 0, 2, 4 ... 30

    tally = pull_at(kvs, 33)

    assert kvs.frames() == {at(0): at(0), at(10): at(10), at(20): at(20), at(30): at(30)}
    assert (tally.frames, tally.fragments, tally.gaps) == (4, 4, 0)
    assert kvs.notices() == set()
    cursor = kvs.registry.get("door").cursor
    assert (cursor.until, cursor.pending) == (at(33), False)
    assert set(cursor.decided) == instants(0, 10, 20, 30)


def test_the_next_pull_fetches_only_what_is_new(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(16), grey())
    pull_at(kvs, 33)
    kvs.publish("door", live(10, start=32), grey())

    tally = pull_at(kvs, 53)

    assert (tally.frames, tally.fragments) == (2, 2)
    assert kvs.frames().keys() == instants(0, 10, 20, 30, 40, 50)


def test_a_pull_reads_the_camera_once_and_writes_its_state_twice(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 33)
    kvs.publish("door", live(10, start=32), grey())
    calls: list[tuple[str, str]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, params["Key"]["CameraId"]["S"]))

    kvs.dynamodb.meta.events.register("before-parameter-build", note)
    try:
        assert pull_at(kvs, 53).frames == 2
    finally:
        kvs.dynamodb.meta.events.unregister("before-parameter-build", note)

    lease, last_record = ("UpdateItem", "door#state"), ("UpdateItem", "door#state")
    assert calls == [("GetItem", "door"), lease, last_record]


def test_several_keyframes_and_several_instants_in_one_fragment(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=Sampling(sample_every=5)))
    keys = tuple(range(300, 20000, 4000))  # 0.3, 4.3, 8.3, 12.3, 16.3
    kvs.publish("door", [Piece(at(0), at(1), keys, (19960,)), *live(3, start=20)], grey())

    tally = pull_at(kvs, 27)

    assert tally.fragments == 3
    assert kvs.frames() == {
        at(5): at(4.3), at(10): at(8.3), at(15): at(12.3), at(20): at(20), at(25): at(24),
    }  # fmt: skip
    assert kvs.notices() == {notice(0, GapReason.GOP_TOO_LONG)}  # its keyframe comes too late for it


def test_a_group_of_pictures_that_is_too_long_is_a_gap(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=Sampling(sample_every=5)))
    kvs.publish("door", [Piece(at(0), at(1), (0,), (14000,))], grey())

    pull_at(kvs, 20)

    assert kvs.frames() == {at(0): at(0)}
    assert kvs.notices() == {notice(5, GapReason.GOP_TOO_LONG), notice(10, GapReason.GOP_TOO_LONG)}


def test_an_instant_after_the_last_video_waits_then_takes_the_last_keyframe(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(4), grey())  # until 8 s, the last frame at 7.96

    pull_at(kvs, 20)
    assert kvs.frames().keys() == instants(0)
    assert kvs.registry.get("door").cursor.pending

    pull_at(kvs, 50)
    assert kvs.frames().keys() == instants(0)

    pull_at(kvs, 70)  # a minute after the last fragment
    # 10 s and no more: a frame for 20 s would be as old as its interval.
    assert kvs.frames() == {at(0): at(0), at(10): at(6)}


def test_the_successor_that_was_waited_for_serves_the_instant(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(4), grey())
    pull_at(kvs, 20)
    kvs.publish("door", live(2, start=9.5), grey())

    pull_at(kvs, 30)

    assert kvs.frames() == {at(0): at(0), at(10): at(9.5)}


def test_late_video_finds_its_instants_hours_later(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(5), grey())
    kvs.publish("door", live(5, start=60), grey())
    pull_at(kvs, 200)
    early = kvs.frames().keys()
    six_hours = 6 * 3600
    kvs.idle_until(six_hours - 100)
    late = [replace(piece, arrives=at(six_hours + 10)) for piece in live(19, start=12)]
    kvs.publish("door", late, grey())

    pull_at(kvs, six_hours + 100)

    assert early == instants(0, 10, 60, 70)  # the last instant of each has no successor
    assert kvs.frames().keys() - early == instants(20, 30, 40, 50)


def test_after_an_outage_the_pull_catches_up(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=Sampling(sample_every=60)))
    kvs.publish("door", live(60, length=20), grey())  # twenty minutes

    pull_at(kvs, 1205)

    assert kvs.frames().keys() == instants(*range(0, 1200, 60))


def test_a_duplicate_of_a_fragment_changes_nothing(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    again = [replace(piece, arrives=piece.arrives + timedelta(seconds=20)) for piece in live(6)]
    kvs.publish("door", live(6), grey())
    pull_at(kvs, 15)
    kvs.publish("door", again, grey())

    tally = pull_at(kvs, 40)

    assert kvs.frames().keys() == instants(0, 10)
    assert tally.fragments == 0


def test_opening_hours_and_settings_of_the_day_decide(kvs: Cloud) -> None:
    kvs.registry.add(camera(since=at(15), sampling=EVERY_10_S))
    kvs.publish("door", live(20), grey())

    pull_at(kvs, 41)

    assert kvs.frames().keys() == instants(20, 30)


def test_a_broken_keyframe_is_a_gap_and_leaves_its_neighbours_alone(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    broken = Coded(grey().track, grey().packet[:20])
    kvs.publish("door", live(5), grey())
    kvs.publish("door", live(1, start=10), broken)
    kvs.publish("door", live(6, start=12), grey())

    pull_at(kvs, 25)

    assert kvs.frames().keys() == instants(0, 20)
    assert kvs.notices() == {notice(10, GapReason.MEDIA_ERROR)}


def test_resolution_and_codec_may_change_between_fragments(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(5), grey(60))
    kvs.publish("door", live(5, start=10), grey(60, (64, 48)))
    kvs.publish("door", live(5, start=20), grey(60, (64, 48), "libx265"))

    pull_at(kvs, 31)

    assert kvs.frames().keys() == instants(0, 10, 20)
    assert kvs.notices() == set()


class Forgetful(Archive):
    """The archive, but some fragments cannot be read yet, which our KVS service cannot simulate."""

    def __init__(self, real: Archive, lost: set[str]) -> None:
        self._real = real
        self._lost = lost
        self.list = real.list  # type: ignore[method-assign]  # listings are the real ones

    def media(
        self, stream_name: str, numbers: Sequence[str]
    ) -> Generator[Fragment | FragmentError, None, None]:
        for number in numbers:
            if number in self._lost:
                yield FragmentError(number, "FRAGMENT_NOT_FOUND")
                return
            yield from self._real.media(stream_name, [number])


def test_a_fragment_that_is_listed_and_not_found_waits_and_then_is_a_gap(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(16), grey())
    listed = kvs.dependencies().kvs.archive.list("door", "SERVER_TIMESTAMP", at(0), at(40))
    lost = {fragment.number for fragment in listed if fragment.start == at(10)}

    def pull_again(seconds: float, archive: Archive) -> None:
        kvs.clock.now = at(seconds)
        dependencies = kvs.dependencies()
        dependencies = replace(dependencies, kvs=replace(dependencies.kvs, archive=archive))
        pull_camera(
            kvs.registry, dependencies, "door", Invocation(f"at {seconds}", at(seconds), LEASE, always)
        )

    pull_again(33, Forgetful(kvs.dependencies().kvs.archive, lost))
    assert kvs.frames().keys() == instants(0, 20, 30)
    assert kvs.notices() == set()
    assert kvs.registry.get("door").cursor.pending
    assert len(kvs.slept) == 2  # three attempts

    pull_again(80, Forgetful(kvs.dependencies().kvs.archive, lost))
    assert kvs.notices() == {notice(10, GapReason.MEDIA_ERROR)}

    pull_again(100, kvs.dependencies().kvs.archive)  # it was there after all: the gap will be counted
    assert kvs.frames()[at(10)] == at(10)


def test_a_registry_item_that_cannot_be_read_gives_its_lease_back(kvs: Cloud) -> None:
    kvs.dynamodb.put_item(TableName="cameras", Item=to_item({"CameraId": "door", "StoreId": "berlin"}))

    for seconds in (1, 2):
        with pytest.raises(InvalidCamera, match="has no Since"):
            pull_at(kvs, seconds)


def test_time_running_out_keeps_what_is_done_and_goes_on(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(100), grey())
    pulls = 0
    while len(kvs.frames()) < 20:
        answers = iter([True, True, True, False])  # before the slice, after two fragments, no more
        before = len(kvs.frames())
        pull_at(kvs, 201, lambda: next(answers, False))  # noqa: B023 - called before the next round
        assert len(kvs.frames()) > before
        assert kvs.registry.get("door").cursor.pending or len(kvs.frames()) == 20
        pulls += 1

    assert pulls > 5
    assert kvs.frames().keys() == instants(*range(0, 200, 10))


def test_no_time_at_all_leaves_the_cursor_unchanged(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", live(6), grey())

    assert pull_at(kvs, 15, lambda: False) == Tally()
    assert kvs.registry.get("door").cursor.until is None


def test_two_pulls_at_once_are_one(kvs: Cloud) -> None:
    kvs.registry.add(camera())
    kvs.registry.lease("door", "other", at(0), LEASE)

    with pytest.raises(LeaseHeld):
        pull_at(kvs, 1)


def test_a_push_camera_is_not_pulled(kvs: Cloud) -> None:
    kvs.registry.add(camera(source=Source.PUSH, stream_name=None))

    for _ in range(2):  # the lease was given back
        with pytest.raises(NotAKvsCamera, match="has source push: it sends its frames itself"):
            pull_at(kvs, 1)


def test_streams_that_cannot_be_read(kvs: Cloud) -> None:
    kvs.registry.add(camera(camera_id="gone"))
    kvs.create_stream("short", retention_hours=0)
    kvs.registry.add(camera(camera_id="short"))
    invocation = Invocation("me", at(1), LEASE, always)

    with pytest.raises(StreamUnavailable, match="'gone' cannot be read: it does not exist"):
        pull_camera(kvs.registry, kvs.dependencies(), "gone", invocation)
    with pytest.raises(StreamUnavailable, match="'short' cannot be read: it keeps no video"):
        pull_camera(kvs.registry, kvs.dependencies(), "short", invocation)
    with pytest.raises(UnknownCamera):
        pull_camera(kvs.registry, kvs.dependencies(), "nobody", invocation)


def test_what_the_stream_no_longer_holds_is_not_looked_for(kvs: Cloud) -> None:
    kvs.registry.add(camera(camera_id="brief", sampling=EVERY_10_S))
    kvs.create_stream("brief", retention_hours=2)
    month = 30 * 86400
    kvs.publish("brief", live(3, start=month), grey())
    calls: list[str] = []
    kvs.archived.meta.events.register("before-call.*.ListFragments", lambda **_: calls.append("list"))

    pull_at(kvs, month + 10, camera_id="brief")

    assert set(kvs.frames()) == instants(month)
    assert len(calls) == 2 * 12  # the retention in slices of five minutes


def test_the_instants_remembered_are_bounded(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.pull.archive.MAX_RANGES", 2)
    kvs.registry.add(camera(sampling=Sampling(sample_every=1)))
    keys = tuple(range(0, 20000, 1000))
    starts = (0, 20, 100, 120, 200, 220)  # two minutes at once, with two holes
    kvs.publish("door", [Piece(at(start), at(900), keys) for start in starts], grey())

    pull_at(kvs, 901)

    assert len(kvs.frames()) == 120
    newest = (*range(100, 140), *range(200, 240))
    assert kvs.registry.get("door").cursor.decided == tuple(at(second) for second in newest)


def test_a_fragment_that_took_eight_minutes_to_arrive(kvs: Cloud) -> None:
    """It is listed when it is complete, under the time at which it began."""
    kvs.registry.add(camera(sampling=EVERY_10_S))
    pull_at(kvs, 30)
    kvs.idle_until(550)  # the pulls until then found nothing
    kvs.publish("door", [Piece(at(60), at(62), (0,), (1960,))], grey())

    pull_at(kvs, 610)

    assert kvs.frames() == {at(60): at(60)}


def test_what_was_taken_within_the_overlap_is_not_fetched_again(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=Sampling(sample_every=1)))
    keys = tuple(range(0, 10000, 1000))
    kvs.publish("door", [Piece(at(10 * index), at(10 * index + 1), keys) for index in range(60)], grey())
    assert pull_at(kvs, 602).frames == 600

    again = pull_at(kvs, 611)

    assert (again.frames, again.fragments) == (0, 0)
    state = from_item(kvs.dynamodb.get_item(TableName="cameras", Key=state_key("door"))["Item"])
    assert state["TakenRanges"] == [[to_millis(at(10)), 1000, 590]]  # those that are listed again


def random_stream(seed: int) -> list[Piece]:
    """Live video with a hole that is delivered half a minute late, and with some fragments twice."""
    pieces = live(40, start=0.7)
    late = [replace(piece, arrives=at(50 + index)) for index, piece in enumerate(pieces[12:22])]
    twice = [replace(piece, arrives=piece.arrives + timedelta(seconds=7)) for piece in pieces[5:9]]
    stream = [*pieces[:12], *pieces[22:], *late, *twice]
    Random(seed).shuffle(stream)
    return sorted(stream, key=lambda piece: piece.arrives)


def test_the_frames_are_the_same_at_any_rhythm_of_pulls(kvs: Cloud) -> None:
    kvs.registry.add(camera(sampling=EVERY_10_S))
    kvs.publish("door", random_stream(1), grey())
    pull_at(kvs, 300)
    expected = kvs.frames()
    assert set(expected) == instants(*range(10, 90, 10))

    for seed in range(3):
        kvs.clear_frames()
        name = f"door-{seed}"
        kvs.create_stream(name)
        kvs.registry.add(camera(camera_id=name, sampling=EVERY_10_S))
        waiting, now, random = random_stream(seed), 0.0, Random(seed)
        while now < 300:
            now += random.uniform(1, 40)
            arrived = [piece for piece in waiting if piece.arrives <= at(now)]
            waiting = waiting[len(arrived) :]
            kvs.publish(name, arrived, grey())
            pull_at(kvs, now, camera_id=name)

        assert kvs.frames() == expected


def test_killed_between_any_two_steps_and_run_again(kvs: Cloud) -> None:
    """A killed pull and a second one give the same frames and notices, each at least once."""
    broken = Coded(grey().track, grey().packet[:20])
    kvs.publish("door", live(5), grey())
    kvs.publish("door", live(1, start=10), broken)
    kvs.publish("door", live(6, start=12), grey())
    free, frames, notices = killed_and_again(kvs, survive=None)
    assert len(frames) == 3
    assert notices == {notice(10, GapReason.MEDIA_ERROR)}
    assert free > 20

    for survive in range(free):
        assert killed_and_again(kvs, survive)[1:] == (frames, notices), survive


def killed_and_again(kvs: Cloud, survive: int | None) -> tuple[int, set[str], set[GapNotice]]:
    """(steps of the first, frames, notices) after a pull that may be killed and a second one."""
    kvs.clear_frames()
    kvs.registry.add(camera(sampling=EVERY_10_S))
    killer = Killer(survive)
    killer.watch(*kvs.clients)
    try:
        pull_at(kvs, 25)
    except Killed:
        pass
    finally:
        killer.unwatch(*kvs.clients)
    pull_at(kvs, 25 + LEASE.total_seconds())
    kvs.registry.remove("door")
    return killer.steps, kvs.stored(), kvs.notices()
