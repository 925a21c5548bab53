"""Modes `images` and `auto`: what GetImages is asked for, what it gives, and where it fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ingest.frames.messages import GapNotice, GapReason
from ingest.kvs.endpoints import StreamUnavailable
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import Tally
from ingest.pull.image_memory import FAILURES, REST
from ingest.pull.invocation import Invocation
from ingest.registry.camera import Mode
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import Cloud, Piece, at, camera, live
from tests.ingest.video import Coded, grey
from tests.killing import Killed, Killer

LEASE = timedelta(seconds=1)
EVERY_10_S = Sampling(sample_every=10)
EARLY = 0.3
"""Its keyframe is this many seconds before an instant: near enough for GetImages."""


def add(kvs: Cloud, mode: Mode, sampling: Sampling = EVERY_10_S) -> None:
    kvs.registry.add(camera(mode=mode, sampling=sampling))


def pull_at(kvs: Cloud, seconds: float, time_left: Callable[[], bool] = lambda: True) -> Tally:
    kvs.clock.now = at(seconds)
    return pull_camera(
        kvs.registry, kvs.dependencies(), "door", Invocation(f"at {seconds}", at(seconds), LEASE, time_left)
    )


def instants(*seconds: float) -> set[datetime]:
    return {at(second) for second in seconds}


class GetImages:
    """Wraps the real call: keeps the requests, and answers the next ones with the errors in `refuse`."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.requests: list[dict[str, Any]] = []
        self.refuse: list[str] = []

    def __call__(self, **request: Any) -> Any:
        self.requests.append(request)
        if self.refuse:
            raise ClientError({"Error": {"Code": self.refuse.pop(0), "Message": "planted"}}, "GetImages")
        return self._real(**request)


@pytest.fixture
def get_images(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> GetImages:
    images = GetImages(kvs.archived.get_images)
    monkeypatch.setattr(kvs.archived, "get_images", images)
    return images


def sparse(count: int, start: float = 0.0) -> list[Piece]:
    """A keyframe 4 s before each instant, and nothing else."""
    return [
        Piece(at(start + 10 * index - 4), at(start + 10 * index - 3), (0,), (0,)) for index in range(count)
    ]


@pytest.mark.parametrize("mode", [Mode.IMAGES, Mode.AUTO])
def test_pictures_for_the_due_instants_with_kvss_times(kvs: Cloud, mode: Mode, get_images: GetImages) -> None:
    add(kvs, mode)
    kvs.publish("door", live(16, start=-EARLY), grey())

    tally = pull_at(kvs, 33)

    assert kvs.frames() == {at(0): at(0), at(10): at(10), at(20): at(20), at(30): at(30)}
    assert (tally.frames, tally.fragments, tally.gaps, tally.image_calls) == (4, 0, 0, 1)
    (request,) = get_images.requests
    assert request["StartTimestamp"] == at(-10)
    assert request["EndTimestamp"] == at(30)
    assert (request["SamplingInterval"], request["Format"]) == (10_000, "JPEG")
    cursor = kvs.registry.get("door").cursor
    assert (cursor.until, cursor.pending, cursor.images.asked, cursor.images.failures) == (
        at(33),
        False,
        (),
        0,
    )


def test_an_instant_alone_begins_with_its_fragment(kvs: Cloud, get_images: GetImages) -> None:
    add(kvs, Mode.IMAGES, Sampling(sample_every=300))
    kvs.publish("door", live(5, start=-EARLY), grey())

    pull_at(kvs, 12)

    (request,) = get_images.requests
    assert (request["StartTimestamp"], request["EndTimestamp"]) == (at(-EARLY), at(0))
    assert request["SamplingInterval"] == 300


def test_mode_images_tells_what_getimages_fails_on(kvs: Cloud) -> None:
    add(kvs, Mode.IMAGES)
    broken = Coded(grey().track, grey().packet[:20])
    kvs.publish("door", live(3, start=-EARLY), grey())
    kvs.publish("door", live(1, start=10 - EARLY), broken)
    kvs.publish("door", sparse(1, start=20), grey())
    kvs.publish("door", live(3, start=30 - EARLY), grey())

    pull_at(kvs, 37)
    assert kvs.notices() == set()  # KVS may not have processed it yet
    assert kvs.registry.get("door").cursor.pending
    tally = pull_at(kvs, 95)

    assert kvs.frames().keys() == instants(0, 30)
    assert kvs.notices() == {
        GapNotice("door", at(10), GapReason.MEDIA_ERROR),
        GapNotice("door", at(20), GapReason.NO_MEDIA),
        GapNotice("door", at(40), GapReason.NO_MEDIA),
    }
    assert "the modes auto and fragments may" in tally.troubles["NO_MEDIA"]
    assert tally.fragments == 0


def test_mode_auto_reads_fragments_where_getimages_fails(kvs: Cloud) -> None:
    add(kvs, Mode.AUTO)
    kvs.publish("door", live(3, start=-EARLY), grey())
    kvs.publish("door", sparse(1, start=10), grey())
    kvs.publish("door", live(5, start=20 - EARLY), grey())

    tally = pull_at(kvs, 30)

    assert kvs.frames() == {at(0): at(0), at(10): at(6), at(20): at(20)}
    assert (tally.image_calls, tally.images, tally.fragments) == (1, 2, 1)
    assert kvs.registry.get("door").cursor.images.failures == 0  # the last request succeeded


def test_mode_auto_leaves_getimages_alone_where_it_fails_again_and_again(kvs: Cloud) -> None:
    add(kvs, Mode.AUTO)
    calls = []
    for index in range(1, 12):
        kvs.publish("door", sparse(1, start=10 * index), grey())
        calls.append(pull_at(kvs, 10 * index + 5).image_calls)

    assert sum(calls) == FAILURES
    assert sum(calls[: FAILURES + 1]) == FAILURES  # an instant is decided once its fragment has a successor
    assert kvs.frames().keys() == instants(*range(10, 110, 10))

    day = REST.total_seconds() + 100
    kvs.idle_until(day - 100)
    kvs.publish("door", sparse(2, start=day), grey())
    assert pull_at(kvs, day + 30).image_calls == 1  # a single failure starts the next rest
    kvs.publish("door", sparse(1, start=day + 40), grey())
    assert pull_at(kvs, day + 45).image_calls == 0

    later = 2 * day
    kvs.idle_until(later - 100)
    kvs.publish("door", live(3, start=later - EARLY), grey())
    kvs.publish("door", live(3, start=later + 10 - EARLY), grey())
    assert pull_at(kvs, later + 20).image_calls == 1  # this time it succeeded
    assert kvs.registry.get("door").cursor.images.failures == 0


def test_media_errors_for_ever_are_not_paid_for_for_ever(kvs: Cloud) -> None:
    add(kvs, Mode.AUTO)
    broken = Coded(grey().track, grey().packet[:20])
    total = 0
    for index in range(10):
        kvs.publish("door", live(5, start=10 * index - EARLY), broken)
        total += pull_at(kvs, 10 * index + 9).image_calls

    assert total == FAILURES
    assert kvs.frames() == {}
    assert {notice.reason for notice in kvs.notices()} == {GapReason.MEDIA_ERROR}


@pytest.mark.parametrize(
    "code", ["ClientLimitExceededException", "InternalFailure", "NotAuthorizedException"]
)
def test_mode_auto_does_not_wait_for_a_call_that_fails(kvs: Cloud, code: str, get_images: GetImages) -> None:
    add(kvs, Mode.AUTO)
    kvs.publish("door", live(8, start=-EARLY), grey())
    get_images.refuse = [code]
    tally = pull_at(kvs, 16)

    assert kvs.frames() == {at(0): at(-EARLY), at(10): at(10 - EARLY)}
    assert tally.fragments == 2
    assert "fragments are read instead" in tally.troubles["GetImages"]
    assert kvs.slept == []

    kvs.publish("door", live(5, start=16 - EARLY), grey())
    pull_at(kvs, 26)
    assert [request["EndTimestamp"] for request in get_images.requests] == [at(10), at(20)]


@pytest.mark.parametrize("mode", [Mode.IMAGES, Mode.AUTO])
def test_a_stream_that_is_gone_is_an_error(kvs: Cloud, mode: Mode, get_images: GetImages) -> None:
    add(kvs, mode)
    kvs.publish("door", live(8, start=-EARLY), grey())
    get_images.refuse = ["ResourceNotFoundException"]

    with pytest.raises(StreamUnavailable, match="'door' cannot be read: it does not exist"):
        pull_at(kvs, 16)
    pull_at(kvs, 17)

    assert kvs.frames().keys() == instants(0, 10)


def test_mode_images_waits_out_the_streams_own_throttle(
    kvs: Cloud, get_images: GetImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.kvs.throttling.random.uniform", lambda *_: 1.0)
    add(kvs, Mode.IMAGES)
    kvs.publish("door", live(8, start=-EARLY), grey())
    get_images.refuse = ["ClientLimitExceededException"] * 2

    pull_at(kvs, 16)

    assert kvs.frames().keys() == instants(0, 10)
    assert kvs.slept == [0.5, 1.0]


def test_retention_taken_away_and_given_back_while_running(kvs: Cloud) -> None:
    add(kvs, Mode.AUTO)
    dependencies = kvs.dependencies()

    def pull_again(seconds: float) -> Tally:
        kvs.clock.now = at(seconds)
        return pull_camera(
            kvs.registry, dependencies, "door", Invocation(f"at {seconds}", at(seconds), LEASE, lambda: True)
        )

    kvs.publish("door", live(8, start=-EARLY), grey())
    assert pull_again(16).images == 2
    kvs.set_retention("door", 0)
    kvs.publish("door", live(8, start=400 - EARLY), grey())
    assert pull_again(416).fragments > 0  # read live
    kvs.set_retention("door", 24)
    kvs.publish("door", live(8, start=800 - EARLY), grey())
    assert pull_again(816).images == 2

    assert kvs.frames().keys() == instants(0, 10, 400, 410, 800, 810)
    assert kvs.registry.get("door").cursor.after is None


def test_several_windows_and_no_time_for_all(kvs: Cloud) -> None:
    add(kvs, Mode.IMAGES, Sampling(sample_every=1))
    kvs.publish("door", [Piece(at(second), at(second + 1)) for second in range(60)], grey())
    pulls = 0
    while len(kvs.frames()) < 60:
        answers = iter([True, False])
        assert pull_at(kvs, 62, lambda: next(answers, False)).image_calls == 1  # noqa: B023 - called at once
        pulls += 1

    assert pulls == 3
    assert kvs.frames().keys() == instants(*range(60))


def test_killed_between_any_two_steps_an_instant_is_never_asked_for_twice(
    kvs: Cloud, get_images: GetImages
) -> None:
    kvs.publish("door", live(3, start=-EARLY), grey())
    kvs.publish("door", sparse(1, start=10), grey())
    kvs.publish("door", live(5, start=20 - EARLY), grey())
    free, times = killed_and_again(kvs, None, get_images.requests)
    assert times == {at(0): at(0), at(10): at(6), at(20): at(20)}
    assert free > 14

    for survive in range(free):
        _, times = killed_and_again(kvs, survive, get_images.requests)
        assert times.keys() == instants(0, 10, 20), survive
        assert len(get_images.requests) <= 1, survive


def killed_and_again(
    kvs: Cloud, survive: int | None, requests: list[dict[str, Any]]
) -> tuple[int, dict[datetime, datetime]]:
    """(steps of the first, instant -> frame time) after a pull that may be killed and a second one."""
    requests.clear()
    kvs.clear_frames()
    add(kvs, Mode.AUTO)
    killer = Killer(survive)
    killer.watch(*kvs.clients)
    try:
        pull_at(kvs, 30)
    except Killed:
        pass
    finally:
        killer.unwatch(*kvs.clients)
    pull_at(kvs, 32)
    kvs.registry.remove("door")
    latest: dict[datetime, datetime] = {}
    for key in sorted(kvs.stored()):  # after a kill, an instant may have both a picture and a keyframe
        latest |= {frame.instant: frame.frame_time for frame in [kvs.frame(key)]}
    return killer.steps, latest


def test_a_memory_of_an_instant_that_nobody_will_ask_for_again_is_dropped(kvs: Cloud) -> None:
    add(kvs, Mode.AUTO)
    kvs.publish("door", live(1, start=0), Coded(replace(grey().track, codec_id="V_VP8"), grey().packet))
    pull_at(kvs, 5)
    assert kvs.registry.get("door").cursor.images.asked == ()  # covered, and noted as a gap

    kvs.publish("door", [Piece(at(6), at(7))], grey())
    pull_at(kvs, 75)
    pull_at(kvs, 300)

    assert kvs.registry.get("door").cursor.images.asked == ()
    assert kvs.frames() == {at(10): at(6)}
