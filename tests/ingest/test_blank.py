"""The rule for pictures that show nothing, on whole pictures, and with the margins that the documents state.

`deeplens.camera.blank` is a copy of the rule: each picture here is given to both.
"""

from collections.abc import Sequence
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
    floor,
    footage,
    grey_of,
    h264,
    jpeg,
    lit_corner,
    no_signal,
    plain,
    sensed,
    stripes,
    with_person,
)

needs_footage = pytest.mark.skipif(not footage(), reason="the shared footage is not there")

SIZES = [(160, 120), (320, 240), (640, 480), (1280, 720), (1920, 1080), (720, 1280)]


def share(picture: Picture) -> float:
    """The share of blocks with structure, 0..1."""
    return blank.structured_share(blank.blocks_of(*grid_of(picture)))


def forms(picture: Picture) -> Sequence[float]:
    """The largest strong and the largest weak form, as multiples of what makes a picture."""
    rows = blank.cells_off_line(*grid_of(picture))
    return [blank.largest_form(rows, levels, times) / cells for levels, times, cells in blank.FORMS]


def grid_of(picture: Picture) -> tuple[list[float], int]:
    """The cells of a picture by rows, and how many a row has."""
    height, width = picture.shape[:2]
    across, down = blank.grid_size(width, height)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    grid = cv2.resize(grey, (across, down), interpolation=cv2.INTER_AREA)
    return grid.ravel().tolist(), across


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


@pytest.mark.parametrize("height", [192, 307, 460])
@pytest.mark.parametrize(("level", "shading"), [(60, 25), (175, 25), (175, 0), (225, 5), (255, 0)])
def test_a_person_on_a_plain_floor_is_a_picture(level: int, shading: int, height: int) -> None:
    picture = sensed(with_person(floor(level, shading), height, 640), noise=2)
    assert forms(picture)[0] > 8
    assert not shows_nothing(picture)
    assert not any(frame_shows_nothing(h264(picture, crf)) for crf in (23, 28, 33, 38))


def test_two_small_people_are_a_picture_also_in_strong_noise() -> None:
    two = with_person(with_person(floor(120, 2), 96, 300), 96, 900)
    for noise in (2, 8, 15):
        assert not shows_nothing(sensed(two, noise=noise)), noise


@needs_footage
@pytest.mark.parametrize("moment", [120, 320, 800, 980])
def test_a_head_before_a_white_wall_is_a_picture(moment: int) -> None:
    picture = footage()[f"onebyone-{moment:04}"]
    left, width = picture.shape[1] // 5, int(0.35 * picture.shape[1])
    head = cv2.resize(picture[: width * 9 // 16, left : left + width], (1280, 720))
    assert share(head) < blank.STRUCTURED_SHARE  # it is the form that makes it a picture
    assert forms(head)[0] > 15
    assert not shows_nothing(head)
    assert not any(frame_shows_nothing(h264(head, crf)) for crf in (23, 28, 33, 38))


@pytest.mark.parametrize("noise", [1, 2])
def test_an_empty_plain_floor_is_a_picture(noise: float) -> None:
    """An overhead camera on a plain floor counts zero: it needs some shading or a line."""
    line, skirting = floor(170), floor(170)
    line[420:] -= 6
    skirting[420:432] -= 6
    for name, picture in (("shaded", floor(175, 6)), ("line", line), ("skirting", skirting)):
        assert not shows_nothing(sensed(picture, noise=noise)), name
        assert not frame_shows_nothing(h264(sensed(picture, noise=noise), 28)), name


@pytest.mark.parametrize("size", [(160, 120), (320, 240), (1280, 720)])
@pytest.mark.parametrize("noise", [0, 2, 5, 8, 15])
def test_noise_that_h264_made_into_patches_shows_nothing(noise: float, size: tuple[int, int]) -> None:
    for picture in (plain(0, size), plain(128, size), plain(255, size), lit_corner(20, size)):
        for crf in (23, 28, 33):
            assert frame_shows_nothing(h264(sensed(picture, noise=noise), crf)), crf
        assert max(forms(sensed(picture, noise=noise))) < 0.5


@pytest.mark.parametrize("noise", [0, 2, 8])
def test_a_covered_camera_s_own_clock_makes_no_picture(noise: float) -> None:
    covered = sensed(plain(0), noise=noise)
    text = "2026-11-30 15:52:11 Mon", "CAMERA 01"
    for words, corner in zip(text, ((25, 50), (1000, 690)), strict=True):
        cv2.putText(covered, words, corner, 0, 1.3, (255, 255, 255), 3)
    assert shows_nothing(covered)
    assert not shows_nothing(with_person(covered, 192, 640))


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
        assert blank.is_shaded(ours) == units.is_shaded(theirs)
        assert blank.has_form(grid, across) == units.has_form(grid, across)
        assert blank.cells_off_line(grid, across) == units.cells_off_line(grid, across)
        assert blank.shows_nothing(grid, across) == units.shows_nothing(grid, across)
