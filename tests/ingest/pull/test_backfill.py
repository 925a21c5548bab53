import pytest

from ingest.frames.messages import GapNotice, GapReason
from ingest.kvs.endpoints import StreamUnavailable
from ingest.pull.backfill import Progress, Span, backfill
from ingest.pull.camera import NotAKvsCamera
from ingest.registry.camera import Source
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import Cloud, Piece, at, camera, live
from tests.ingest.video import grey

EVERY_10_S = camera(sampling=Sampling(sample_every=10))


def span(start: float, end: float, now: float = 3600) -> Span:
    return Span(at(start), at(end), at(now))


def test_the_due_instants_of_a_span_whenever_their_video_arrived(kvs: Cloud) -> None:
    late = [Piece(piece.start, at(9000), piece.keys, piece.others) for piece in live(10, start=20)]
    kvs.publish("door", [*live(10), *late], grey())

    steps = list(backfill(EVERY_10_S, kvs.dependencies(), span(10, 30, now=9100)))

    assert set(kvs.frames()) == {at(10), at(20)}
    assert steps == [Progress(2, 2, 2, 0)]


def test_what_is_counted_already_is_left_alone(kvs: Cloud) -> None:
    kvs.publish("door", live(20), grey())

    steps = list(backfill(EVERY_10_S, kvs.dependencies(), span(0, 40), already={at(10), at(20)}))

    assert set(kvs.frames()) == {at(0), at(30)}
    assert steps[-1] == Progress(2, 2, 2, 0)


def test_progress_every_five_minutes_and_gaps_told(kvs: Cloud) -> None:
    minute = camera(sampling=Sampling(sample_every=60))
    kvs.publish("door", live(15, length=20), grey())  # the first five minutes
    kvs.publish("door", [Piece(at(689), at(690), (0,), (19_960,))], grey())  # 31 s before 720

    steps = list(backfill(minute, kvs.dependencies(), span(0, 900)))

    assert steps == [Progress(5, 15, 5, 0), Progress(10, 15, 6, 4), Progress(15, 15, 6, 9)]
    assert kvs.notices() == {GapNotice("door", at(720), GapReason.GOP_TOO_LONG)}


def test_it_gives_the_keys_that_the_pull_gives_and_can_be_run_again(kvs: Cloud) -> None:
    kvs.publish("door", live(20), grey())
    dependencies = kvs.dependencies()

    list(backfill(EVERY_10_S, dependencies, span(0, 40)))
    once = kvs.stored()
    list(backfill(EVERY_10_S, dependencies, span(0, 40)))

    assert kvs.stored() == once
    assert len(once) == 4


def test_an_empty_span(kvs: Cloud) -> None:
    assert list(backfill(EVERY_10_S, kvs.dependencies(), span(5, 5))) == []
    assert list(backfill(EVERY_10_S, kvs.dependencies(), span(1, 9))) == [Progress(0, 0, 0, 0)]


def test_streams_and_cameras_that_cannot_be_read(kvs: Cloud) -> None:
    with pytest.raises(NotAKvsCamera, match="source push"):
        next(backfill(camera(source=Source.PUSH, stream_name=None), kvs.dependencies(), span(0, 9)))
    with pytest.raises(StreamUnavailable, match="'gone'"):
        next(backfill(camera(camera_id="gone"), kvs.dependencies(), span(0, 9)))
