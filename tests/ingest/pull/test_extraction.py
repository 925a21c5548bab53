"""What all modes do with a picture that shows nothing: a gap notice, no frame, and a sentence."""

from datetime import timedelta

import pytest

from ingest.frames.inspection import Inspection, digest_of
from ingest.frames.messages import GapNotice, GapReason
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import Tally
from ingest.pull.invocation import Invocation
from ingest.registry.camera import Mode
from ingest.registry.sampling import Sampling
from tests.ingest.cloud import Cloud, at, camera, live
from tests.ingest.video import Coded, black, grey

EARLY = 0.3


def pull(kvs: Cloud, mode: Mode, *coded: Coded) -> Tally:
    """Ten seconds of video of each, and a pull."""
    if mode is Mode.MEDIA:
        kvs.set_retention("door", 0)
    kvs.registry.add(camera(mode=mode, sampling=Sampling(sample_every=10)))
    for number, picture in enumerate(coded):
        kvs.publish("door", live(5, start=10 * number - EARLY), picture)
    kvs.clock.now = at(10 * len(coded) + 3)
    invocation = Invocation("me", kvs.clock.now, timedelta(minutes=1), lambda: True)
    return pull_camera(kvs.registry, kvs.dependencies(), "door", invocation)


@pytest.mark.parametrize("mode", Mode)
def test_a_picture_that_shows_nothing_is_a_gap(kvs: Cloud, mode: Mode) -> None:
    tally = pull(kvs, mode, grey(), black(), grey())
    assert kvs.frames().keys() == {at(0), at(20)}
    assert kvs.notices() == {GapNotice("door", at(10), GapReason.NO_PICTURE)}
    assert (tally.frames, tally.gaps) == (2, 1)
    assert set(tally.troubles) == {"no picture"}
    assert "is black or of one colour: check whether the lens is covered" in tally.troubles["no picture"]


def test_a_frame_says_that_it_was_inspected(kvs: Cloud) -> None:
    pull(kvs, Mode.FRAGMENTS, grey())
    (key,) = kvs.stored()
    stored = kvs.s3.get_object(Bucket="frames", Key=key)
    assert Inspection.from_metadata(stored["Metadata"]) == Inspection(digest_of(stored["Body"].read()))
