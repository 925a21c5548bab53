"""The scene of the simulated camera; a detector counts its pictures correctly."""

from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pytest

from infra.local.rekognition.detectors.hog import HogDetector
from infra.local.rekognition.image import decode
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.scene.figures import GAIT_PHASES, OUTFITS, walking
from infra.local.simulated_store.scene.view import HEIGHT, WIDTH, SceneView
from ingest.jpeg import JpegMaker
from ingest.kvs.video import Keyframe
from ingest.kvs.video import Track as ReadTrack

START = 1_795_437_840


def test_the_same_name_seed_and_time_give_the_same_picture() -> None:
    picture = SceneView("aisle", 1).draw(START + 0.3)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert np.array_equal(picture, SceneView("aisle", 1).draw(START + 0.3))
    assert not np.array_equal(picture, SceneView("aisle", 2).draw(START + 0.3))
    assert not np.array_equal(picture, SceneView("entrance", 1).draw(START + 0.3))


def test_visitors_and_the_clock_are_all_that_changes() -> None:
    camera = SimulatedCamera("aisle", 1)
    empty = [START + second for second in range(120) if camera.truth(START + second) == 0]
    first, last = camera.frame(empty[0]), camera.frame(empty[-1])
    assert np.array_equal(first[30:], last[30:])
    assert not np.array_equal(first[:30], last[:30])
    full = next(START + second for second in range(120) if camera.truth(START + second) == 4)
    assert not np.array_equal(camera.frame(full), camera.frame(empty[0]))


@pytest.mark.parametrize("phase", range(GAIT_PHASES))
def test_a_sprite_fills_its_height_and_is_dark_where_it_covers_nothing(phase: int) -> None:
    sprite = walking(OUTFITS[0], 200, phase)
    assert sprite.height == 200
    covered = np.flatnonzero(sprite.cover.max(axis=(1, 2)))
    assert covered[0] <= 4
    assert covered[-1] >= 192
    assert not sprite.cover[:, (0, -1)].any()  # no limb is cut off
    assert (sprite.pixels[sprite.cover[..., 0] == 0] == 0).all()
    assert np.array_equal(sprite.mirrored().mirrored().pixels, sprite.pixels)


@pytest.mark.parametrize(("name", "seed"), [("entrance", 0), ("aisle", 0), ("entrance", 7)])
def test_the_chain_counts_what_was_drawn(name: str, seed: int) -> None:
    """Drawing, H.264, decoding, JPEG, OpenCV's people detector: exact at every instant."""
    camera, detector, jpegs = SimulatedCamera(name, seed), HogDetector(), JpegMaker()
    now = float(START)
    feed = camera.feed(lambda: now)
    track = ReadTrack(1, feed.track.codec_id, feed.track.codec_private)
    truths, counts = [], []
    for frame in islice(feed.frames, 16):
        time = frame.time_ms / 1000
        now = time + 2.9  # so late that the camera skips to the next keyframe
        jpeg = jpegs.jpeg(Keyframe(datetime.fromtimestamp(time, UTC), track, frame.data))
        people = detector.detect(decode(jpeg))
        counts.append(sum(person.confidence >= 95 for person in people))
        truths.append(camera.truth(time))
    assert counts == truths
