from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ingest.frames.messages import GapNotice, GapReason
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.matroska import CutShort
from ingest.kvs.media import Media, Silent
from ingest.kvs.video import Fragment, FragmentError
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import Tally
from ingest.pull.invocation import Invocation
from ingest.registry.camera import Mode
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import Cloud, Piece, at, camera, live
from tests.ingest.video import Coded, grey
from tests.killing import Killed, Killer

LEASE = timedelta(seconds=1)
"""Short, so that the next pull runs while KVS still buffers the video."""
EVERY_10_S = Sampling(sample_every=10)


@pytest.fixture
def kvs(kvs: Cloud) -> Cloud:
    """With the stream `hall`, which has no retention, and a camera on it."""
    kvs.create_stream("hall", retention_hours=0)
    kvs.registry.add(camera(camera_id="hall", mode=Mode.MEDIA, sampling=EVERY_10_S))
    return kvs


def pull_at(
    kvs: Cloud, seconds: float, time_left: Callable[[], bool] = lambda: True, media: Media | None = None
) -> Tally:
    kvs.clock.now = at(seconds)
    dependencies = kvs.dependencies()
    if media is not None:
        dependencies = replace(dependencies, kvs=replace(dependencies.kvs, media=media))
    return pull_camera(
        kvs.registry, dependencies, "hall", Invocation(f"at {seconds}", at(seconds), LEASE, time_left)
    )


def instants(*seconds: float) -> set[datetime]:
    return {at(second) for second in seconds}


def test_a_stream_that_keeps_nothing_gives_the_same_frames(kvs: Cloud) -> None:
    kvs.publish("hall", live(16), grey())  # keyframes at 0, 2, 4 ... 30

    tally = pull_at(kvs, 33)

    assert kvs.frames() == {at(0): at(0), at(10): at(10), at(20): at(20), at(30): at(30)}
    assert (tally.frames, tally.fragments, tally.gaps) == (4, 16, 0)
    cursor = kvs.registry.get("hall").cursor
    assert (cursor.until, cursor.pending) == (at(33), False)


def test_the_next_pull_goes_on_where_the_last_one_ended(kvs: Cloud) -> None:
    kvs.publish("hall", live(16), grey())
    pull_at(kvs, 33)
    kvs.publish("hall", live(10, start=32), grey())

    tally = pull_at(kvs, 53)

    assert kvs.frames().keys() == instants(0, 10, 20, 30, 40, 50)
    assert tally.frames == 2
    assert tally.fragments == 10


def test_mode_auto_follows_a_stream_that_keeps_nothing(kvs: Cloud) -> None:
    before = kvs.registry.get("hall")
    kvs.registry.change(before, replace(before.camera, mode=Mode.AUTO), at(0))
    kvs.publish("hall", live(16), grey())

    tally = pull_at(kvs, 33)

    assert kvs.frames().keys() == instants(0, 10, 20, 30)
    assert tally.image_calls == 0


def test_a_stream_that_keeps_its_video_is_not_read_from_its_first_day(kvs: Cloud) -> None:
    kvs.set_retention("hall", 24)
    kvs.publish("hall", live(60, length=10), grey())
    before = kvs.registry.get("hall")
    kvs.registry.change(before, replace(before.camera, since=at(500)), at(0))

    tally = pull_at(kvs, 605)

    assert kvs.frames().keys() == instants(*range(500, 610, 10)) - instants(600)
    assert tally.fragments == 11


def test_a_gap_for_each_instant_whose_video_has_no_picture(kvs: Cloud) -> None:
    broken = Coded(grey().track, grey().packet[:20])
    kvs.publish("hall", live(5), grey())
    kvs.publish("hall", live(1, start=10), broken)
    kvs.publish("hall", live(4, start=12), grey())
    kvs.publish("hall", [Piece(at(20), at(21), (), (0, 1960))], grey())
    kvs.publish("hall", [Piece(at(22), at(23), (0,), (19_000,))], grey())

    tally = pull_at(kvs, 43)

    assert kvs.frames().keys() == instants(0, 30)
    assert kvs.notices() == {
        GapNotice("hall", at(10), GapReason.MEDIA_ERROR),
        GapNotice("hall", at(20), GapReason.MEDIA_ERROR),
        GapNotice("hall", at(40), GapReason.GOP_TOO_LONG),
    }
    assert "cannot be decoded" in tally.troubles["undecodable"]
    assert "has no keyframe of a video track" in tally.troubles["no keyframe"]


def test_the_rate_of_the_stream_is_measured_and_kept(kvs: Cloud) -> None:
    kvs.publish("hall", live(30), grey())

    tally = pull_at(kvs, 61)

    size = tally.bytes // 30  # each fragment comes with its header and tags
    assert 500 < size < 5000
    rate = kvs.registry.get("hall").cursor.rate
    assert rate == pytest.approx(size / 2, rel=0.01)
    assert tally.troubles == {}


def test_a_stream_that_is_too_fast_for_its_buffer_is_named(
    kvs: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.registry.live_reading.FASTEST", 100)
    kvs.publish("hall", live(30), grey())

    tally = pull_at(kvs, 61)

    assert "KVS buffers 200 MB of a stream without retention" in tally.troubles["rate"]
    assert "give the stream a retention" in tally.troubles["rate"]


def test_the_rate_of_a_stream_that_keeps_its_video_is_of_no_interest(kvs: Cloud) -> None:
    kvs.set_retention("hall", 24)
    kvs.publish("hall", live(30), grey())

    pull_at(kvs, 61)

    assert kvs.registry.get("hall").cursor.rate is None


def test_the_last_keyframe_is_taken_when_nothing_follows(kvs: Cloud) -> None:
    kvs.publish("hall", live(4), grey())  # until 8 s

    pull_at(kvs, 20)
    assert kvs.frames().keys() == instants(0)
    assert kvs.registry.get("hall").cursor.pending

    pull_at(kvs, 70)
    assert kvs.frames() == {at(0): at(0), at(10): at(6)}


def test_time_running_out_keeps_what_is_done_and_goes_on(kvs: Cloud) -> None:
    kvs.publish("hall", live(100), grey())
    pulls = 0
    while len(kvs.frames()) < 20:
        answers = iter([True, True, True, *[True] * 20, False])
        before = len(kvs.frames())
        pull_at(kvs, 201, lambda: next(answers, False))  # noqa: B023 - called before the next round
        assert len(kvs.frames()) > before
        pulls += 1

    assert pulls >= 3
    assert kvs.frames().keys() == instants(*range(0, 200, 10))


def test_no_time_at_all_leaves_the_cursor_unchanged(kvs: Cloud) -> None:
    kvs.publish("hall", live(6), grey())

    assert pull_at(kvs, 15, lambda: False) == Tally()
    assert kvs.registry.get("hall").cursor.until is None


def test_a_buffer_that_has_moved_on_is_read_from_its_oldest(kvs: Cloud) -> None:
    kvs.publish("hall", live(5), grey())
    pull_at(kvs, 11)
    kvs.publish("hall", live(5, start=900), grey())

    tally = pull_at(kvs, 911)

    assert kvs.frames().keys() == instants(0, 900)
    assert "is read again from the oldest video" in tally.troubles["resumed"]


def test_a_stream_created_again_under_its_name(kvs: Cloud) -> None:
    kvs.publish("hall", live(6), grey())
    pull_at(kvs, 13)
    arn = kvs.kinesisvideo.describe_stream(StreamName="hall")["StreamInfo"]["StreamARN"]
    kvs.kinesisvideo.delete_stream(StreamARN=arn)

    with pytest.raises(StreamUnavailable, match="'hall' cannot be read: it does not exist"):
        pull_at(kvs, 20)
    kvs.create_stream("hall", retention_hours=0)
    kvs.publish("hall", live(6, start=20), grey())
    pull_at(kvs, 33)

    assert kvs.frames().keys() == instants(0, 10, 20, 30)


class Breaking(Media):
    """The real one, but connections may end early or with an error: our KVS service does not do that."""

    def __init__(self, real: Media, ends: list[Callable[[], FragmentError | None]], length: int = 3) -> None:
        self._real = real
        self._ends = ends
        self._length = length

    def read(
        self, stream_name: str, after: str | None = None, since: datetime | None = None
    ) -> Generator[Fragment | FragmentError, None, None]:
        end = self._ends.pop(0) if self._ends else None
        for count, part in enumerate(self._real.read(stream_name, after, since)):
            if end is not None and count == self._length:
                if (error := end()) is not None:
                    yield error
                return
            yield part


def broken() -> None:
    raise CutShort("the connection broke")


def silent_end() -> None:
    pass


def internal_error() -> FragmentError:
    return FragmentError(None, "INTERNAL_ERROR", "error id 5000")


@pytest.mark.parametrize("end", [broken, silent_end, internal_error])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_connections_that_end_before_the_stream_does(
    kvs: Cloud, end: Callable[[], FragmentError | None], times: int
) -> None:
    kvs.publish("hall", live(26), grey())

    tally = pull_at(kvs, 53, media=Breaking(kvs.dependencies().kvs.media, [end] * times))

    assert kvs.frames().keys() == instants(0, 10, 20, 30, 40, 50)
    assert (tally.fragments, kvs.notices()) == (26, set())


def test_connections_that_bring_nothing_but_errors(kvs: Cloud) -> None:
    kvs.publish("hall", live(26), grey())
    media = kvs.dependencies().kvs.media

    with pytest.raises(StreamUnavailable, match=r"KVS ended its media with INTERNAL_ERROR \(error id 5000\)"):
        pull_at(kvs, 53, media=Breaking(media, [internal_error] * 3, length=0))
    with pytest.raises(StreamUnavailable, match="its media broke off: the connection broke"):
        pull_at(kvs, 54, media=Breaking(media, [broken] * 3, length=0))

    pull_at(kvs, 55, media=Breaking(media, [internal_error, broken], length=0))
    assert kvs.frames().keys() == instants(0, 10, 20, 30, 40, 50)


def test_a_connection_that_goes_silent_ends_the_pull(kvs: Cloud) -> None:
    def silent() -> None:
        raise Silent("nothing came any more")

    kvs.publish("hall", live(26), grey())
    tally = pull_at(kvs, 53, media=Breaking(kvs.dependencies().kvs.media, [silent], length=11))

    assert kvs.frames().keys() == instants(0, 10, 20)
    assert tally.fragments == 11


def test_killed_between_any_two_steps_and_run_again(kvs: Cloud) -> None:
    kvs.publish("hall", live(16), grey())
    free, frames = killed_and_again(kvs, survive=None)
    assert len(frames) == 4
    assert free > 10

    for survive in range(free):
        assert killed_and_again(kvs, survive)[1] == frames, survive


def killed_and_again(kvs: Cloud, survive: int | None) -> tuple[int, set[str]]:
    kvs.clear_frames()
    kvs.registry.remove("hall")
    kvs.registry.add(camera(camera_id="hall", mode=Mode.MEDIA, sampling=EVERY_10_S))
    killer = Killer(survive)
    killer.watch(*kvs.clients)
    try:
        pull_at(kvs, 33)
    except Killed:
        pass
    finally:
        killer.unwatch(*kvs.clients)
    pull_at(kvs, 35)
    return killer.steps, kvs.stored()
