"""The rule for pictures that show nothing, on whole pictures, and with the margins that the documents state.

`deeplens.camera.blank` is a copy of the rule: each picture here is given to both.
"""

from typing import Any

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

import deeplens.camera.blank as units
from deeplens.camera.picture import shows_nothing as unit_shows_nothing
from infra.local.simulated_store.scene.view import SceneView
from ingest import blank
from ingest.luma import frame_shows_nothing
from tests.ingest.pictures import (
    Picture,
    footage,
    grey_of,
    jpeg,
    lit_corner,
    no_signal,
    plain,
    sensed,
    stripes,
)

needs_footage = pytest.mark.skipif(not footage(), reason="the shared footage is not there")

SIZES = [(160, 120), (320, 240), (640, 480), (1280, 720), (1920, 1080), (720, 1280)]


def share(picture: Picture) -> float:
    """The share of blocks with structure, 0..1."""
    height, width = picture.shape[:2]
    across, down = blank.grid_size(width, height)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    grid = cv2.resize(grey, (across, down), interpolation=cv2.INTER_AREA)
    return blank.structured_share(blank.blocks_of(grid.ravel().tolist(), across))


def shows_nothing(picture: Picture) -> bool:
    """The rule's answer to a picture as the pull has it and as a unit has it, after lossy coding."""
    coded: Any = cv2.imdecode(np.frombuffer(jpeg(picture), np.uint8), cv2.IMREAD_COLOR)
    ours = frame_shows_nothing(VideoFrame.from_ndarray(coded, format="bgr24").reformat(format="yuv420p"))
    assert unit_shows_nothing(coded) is ours
    return ours


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("noise", [0, 1, 3, 8, 15])
@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_one_grey_with_the_noise_of_a_sensor_shows_nothing(
    level: int, noise: float, size: tuple[int, int]
) -> None:
    assert shows_nothing(sensed(plain(level, size), noise=noise))


@pytest.mark.parametrize("noise", [0, 3, 8])
@pytest.mark.parametrize("strength", [20, 60, 120])
def test_smooth_light_shows_nothing(strength: float, noise: float) -> None:
    """A cap that lets light through at an edge, a sensor's glow."""
    assert shows_nothing(sensed(lit_corner(strength), noise=noise))


@pytest.mark.parametrize("size", [(352, 288), (640, 480), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("background", [(180, 40, 0), (200, 0, 0), (128, 128, 128), (90, 90, 90)])
def test_a_recorders_no_signal_with_text_and_clock_shows_nothing(
    background: tuple[int, int, int], size: tuple[int, int]
) -> None:
    assert shows_nothing(no_signal(background, size))


@pytest.mark.parametrize("size", [*SIZES, (80, 80), (96, 80), (10_000, 90)])
@pytest.mark.parametrize("level", [16, 100, 235])
def test_stripes_are_a_picture(level: int, size: tuple[int, int]) -> None:
    assert not shows_nothing(stripes(level, size))


@pytest.mark.parametrize("name", ["entrance", "aisle", "till", "window", "stockroom", "deeplens"])
def test_the_simulated_store_without_people_is_a_picture(name: str) -> None:
    view = SceneView(name, 0)
    times = (1_795_437_900 + 7.0 * step for step in range(2000))
    empty = view.draw(next(time for time in times if not view.is_visited(time)))
    assert not shows_nothing(empty)
    assert share(empty) > 4 * blank.STRUCTURED_SHARE
    assert not shows_nothing(sensed(empty, gain=0.2, noise=3))


@needs_footage
@pytest.mark.parametrize("name", footage())
def test_footage_down_to_a_twentieth_of_its_light_is_a_picture(name: str) -> None:
    picture = footage()[name]
    for change in (grey_of, np.asarray):
        for gain, noise, margin in ((1.0, 0, 4), (0.3, 3, 4), (0.1, 3, 2.5), (0.1, 8, 2), (0.05, 3, 1.3)):
            darkened = sensed(change(picture), gain, noise)
            assert share(darkened) > margin * blank.STRUCTURED_SHARE, (gain, noise)
            assert not shows_nothing(darkened), (gain, noise)


@needs_footage
@pytest.mark.parametrize("name", footage())
def test_footage_in_the_dark_shows_nothing(name: str) -> None:
    """A hundredth of the light: at most two or three grey levels are left."""
    for noise in (0, 3, 8):
        assert shows_nothing(sensed(footage()[name], 0.01, noise))


@needs_footage
@pytest.mark.parametrize("name", footage())
def test_footage_through_fog_is_a_picture_as_long_as_one_sees_it(name: str) -> None:
    foggy = {contrast: sensed(footage()[name], contrast, 2, 200) for contrast in (0.1, 0.01)}
    assert not shows_nothing(foggy[0.1])
    assert shows_nothing(foggy[0.01])


@pytest.mark.parametrize("size", [(1280, 720), (320, 240), (319, 240), (160, 120), (90, 160)])
def test_the_unit_computes_what_we_compute(size: tuple[int, int]) -> None:
    width, height = size
    assert blank.grid_size(width, height) == units.grid_size(width, height)
    across, down = blank.grid_size(width, height)
    random = np.random.default_rng(3)
    for spread in (0.0, 0.5, 5.0, 60.0):
        grid = (128 + random.normal(0, spread, across * down)).tolist()
        ours, theirs = blank.blocks_of(grid, across), units.blocks_of(grid, across)
        assert blank.structured_share(ours) == units.structured_share(theirs)
        assert blank.shows_nothing(grid, across) == units.shows_nothing(grid, across)
