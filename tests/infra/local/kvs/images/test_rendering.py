import io
from functools import cache
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame

from infra.local.kvs.images.rendering import qscale, render
from infra.local.kvs.images.request import ImageFormat
from infra.local.kvs.service.fragments import Media
from ingest.jpeg import JpegEncoder
from ingest.kvs import mkv
from ingest.kvs.video import Track
from tests.infra.local.kvs.arbitrary_media import START
from tests.infra.local.kvs.film import Block, Film, cluster, film
from tests.ingest.video import Codec, coded, grey_frame

TWO_SECONDS = cache(lambda codec="libx264": film(2, codec=codec))
"""10 frames, 200 ms apart, in two GOPs."""
TIMES = tuple(range(0, 2000, 200))
JPEG = ImageFormat("JPEG", 80, None, None)
JUNK = b"\0\0\0\5no NAL"


def media(video: Film, *changed: Block, track: Track | None = None) -> Media:
    """The whole film as one fragment, with some blocks replaced."""
    by_time = {block.time: block for block in changed}
    blocks = [by_time.get(block.time, block) for block in video.blocks]
    return Media(mkv.header([track or video.track]), cluster(START, blocks), b"")


def decoded(image: bytes, kind: str = "jpeg") -> VideoFrame:
    with av.open(io.BytesIO(image), "r", format=f"{kind}_pipe") as container:
        (frame,) = container.decode(video=0)
    return frame


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_every_frame_is_as_a_straight_decode_gives_it(codec: Codec) -> None:
    video = TWO_SECONDS(codec)

    assert render(media(video), TIMES, JPEG) == {time: video.jpeg(time) for time in TIMES}


@pytest.mark.parametrize("times", [{0}, {800}, {1000}, {200, 1400}])
def test_just_the_frames_that_are_asked_for(times: set[int]) -> None:
    video = TWO_SECONDS()

    assert render(media(video), times, JPEG) == {time: video.jpeg(time) for time in times}


def test_the_film_has_frames_that_are_shown_in_another_order_than_they_come() -> None:
    times = [block.time for block in TWO_SECONDS().blocks]

    assert times != sorted(times)


@pytest.mark.parametrize(
    ("broken", "left"),
    [
        (0, {1000, 1200, 1400, 1600, 1800}),
        (1000, {0, 200, 400, 600, 800}),
    ],
)
def test_a_damaged_keyframe_takes_its_own_gop_with_it(broken: int, left: set[int]) -> None:
    video = TWO_SECONDS()

    images = render(media(video, Block(broken, True, JUNK)), TIMES, JPEG)

    assert images == {time: video.jpeg(time) for time in left}


def test_after_a_damaged_frame_nothing_until_the_next_keyframe() -> None:
    video = TWO_SECONDS()
    order = [block.time for block in video.blocks if block.time < 1000]
    broken = order[2]

    images = render(media(video, Block(broken, False, JUNK)), TIMES, JPEG)

    assert images == {time: video.jpeg(time) for time in [*sorted(order[:2]), 1000, 1200, 1400, 1600, 1800]}


@pytest.mark.parametrize(
    "track",
    [
        Track(1, "V_VP9", b"", 96, 80),
        Track(1, "A_AAC", b"\x12\x10", 0, 0),
        Track(1, "V_MPEG4/ISO/AVC", b"", 96, 80),
        Track(1, "V_MPEG4/ISO/AVC", b"no avcC", 96, 80),
    ],
    ids=["another codec", "audio", "no codec private data", "wrong codec private data"],
)
def test_what_is_no_video_that_is_read_gives_no_image(track: Track) -> None:
    assert render(media(TWO_SECONDS(), track=track), TIMES, JPEG) == {}


def test_without_a_keyframe_there_is_no_image() -> None:
    video = TWO_SECONDS()
    changed = [Block(block.time, False, block.packet) for block in video.blocks]

    assert render(media(video, *changed), TIMES, JPEG) == {}


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (None, None, (96, 80)),
        (192, 40, (192, 40)),
        (48, None, (48, 40)),
        (None, 160, (192, 160)),
        (1, None, (1, 1)),
        (33, 17, (33, 17)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_sizes(kind: str, width: int | None, height: int | None, size: tuple[int, int]) -> None:
    (image,) = render(media(TWO_SECONDS()), {0}, ImageFormat(kind, 80, width, height)).values()

    frame = decoded(image, kind.lower())
    assert (frame.width, frame.height) == size


@pytest.mark.parametrize("colour", ["BT.601", "BT.709"])
def test_a_png_is_the_picture_in_24_bits(colour: str) -> None:
    picture = grey_frame(235, (96, 80), "yuv420p")
    picture.colorspace = 1 if colour == "BT.709" else 5
    picture.planes[1].update(b"\x50" * picture.planes[1].buffer_size)
    video = coded(picture)
    block = mkv.simple_block(1, 0, video.packet, keyframe=True)
    fragment = Media(mkv.header([video.track]), mkv.cluster(START) + block, b"")

    (image,) = render(fragment, {0}, ImageFormat("PNG", 80, None, None)).values()

    frame = decoded(image, "png")
    assert frame.format.name == "rgb24"
    red, green, blue = bytes(frame.planes[0])[:3]
    # White with Cb reduced by 48: blue is 255 - 2.017 * 48, green + 0.392 * 48; 2.112 and 0.213 for BT.709.
    expected: Any = {"BT.601": 255 - 2.017 * 48, "BT.709": 255 - 2.112 * 48}[colour]
    assert red >= 253
    assert green == 255
    assert blue == pytest.approx(expected, abs=2)


def test_qscale_falls_as_quality_rises_from_31_to_1() -> None:
    scales = [qscale(quality) for quality in range(1, 101)]

    assert (scales[0], scales[-1]) == (31, 1)
    assert scales == sorted(scales, reverse=True)
    assert set(scales) == set(range(1, 32))


def test_quality_sets_the_qscale_of_the_encoder() -> None:
    video = TWO_SECONDS()
    lengths = []
    for quality in (1, 50, 100):
        images = render(media(video), {400}, ImageFormat("JPEG", quality, None, None))
        assert images[400] == JpegEncoder(qscale(quality)).encode(video.pictures[400])
        lengths.append(len(images[400]))

    assert lengths == sorted(set(lengths))
