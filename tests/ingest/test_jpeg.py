import io
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from infra.local.rekognition.detectors.loading import load_detector
from ingest.jpeg import JpegEncoder, JpegMaker, UndecodableKeyframe
from ingest.kvs.video import Keyframe, Track
from ingest.times import EPOCH
from tests.ingest.video import Codec, Coded, coded, grey, grey_frame

FOOTAGE = Path(__file__).parents[3] / "shared" / "footage"


def as_keyframe(coded: Coded) -> Keyframe:
    track = Track(1, coded.track.codec_id, coded.track.codec_private)
    return Keyframe(EPOCH, track, coded.packet)


def decoded(jpeg: bytes) -> VideoFrame:
    assert jpeg.startswith(b"\xff\xd8\xff")
    assert jpeg.endswith(b"\xff\xd9")
    with av.open(io.BytesIO(jpeg), "r", format="jpeg_pipe") as container:
        (frame,) = container.decode(video=0)
    return frame


def middle(frame: VideoFrame, plane: int) -> int:
    rows = frame.planes[plane]
    return bytes(rows)[rows.height // 2 * rows.line_size + rows.width // 2]


@pytest.mark.parametrize(
    ("codec", "size", "pix_fmt"),
    [
        ("libx264", (96, 80), "yuv420p"),
        ("libx264", (97, 81), "yuv444p"),
        ("libx264", (96, 80), "yuv422p"),
        ("libx264", (96, 80), "yuv420p10le"),
        ("libx264", (96, 80), "yuv422p10le"),
        ("libx265", (96, 80), "yuv420p"),
        ("libx265", (96, 80), "yuv420p10le"),
        ("libx264", (854, 480), "yuv420p"),
    ],
)
def test_every_source_becomes_a_420_jpeg_of_its_size_in_full_range(
    codec: Codec, size: tuple[int, int], pix_fmt: str
) -> None:
    frame = decoded(JpegMaker().jpeg(as_keyframe(grey(235, size, codec, pix_fmt))))

    assert (frame.width, frame.height, frame.format.name) == (*size, "yuvj420p")
    assert middle(frame, 0) >= 253  # white of TV range


def test_black_and_full_range() -> None:
    full = grey_frame(16, (96, 80), "yuv420p")
    full.color_range = ColorRange.JPEG

    assert middle(decoded(JpegMaker().jpeg(as_keyframe(grey(16)))), 0) <= 2
    assert middle(decoded(JpegMaker().jpeg(as_keyframe(coded(full)))), 0) in range(14, 19)


def test_bt709_becomes_the_bt601_of_jfif() -> None:
    green = grey_frame(173, (96, 80), "yuv420p")  # RGB (0, 255, 0) in BT.709: 173, 42, 26
    green.planes[1].update(bytes([42]) * green.planes[1].buffer_size)
    green.planes[2].update(bytes([26]) * green.planes[2].buffer_size)
    green.color_range, green.colorspace = ColorRange.MPEG, Colorspace.ITU709

    frame = decoded(JpegMaker().jpeg(as_keyframe(coded(green))))

    # RGB (0, 255, 0) in full-range BT.601 is 150, 44, 21.
    assert [middle(frame, plane) for plane in range(3)] == pytest.approx([150, 44, 21], abs=4)


def test_one_maker_follows_changes_of_size_and_codec() -> None:
    jpegs = JpegMaker()
    sizes = [(96, 80), (96, 80), (64, 48), (96, 80)]
    codecs: list[Codec] = ["libx264", "libx264", "libx265", "libx264"]
    levels = [60, 200, 100, 150]

    for size, codec, level in zip(sizes, codecs, levels, strict=True):
        frame = decoded(jpegs.jpeg(as_keyframe(grey(level, size, codec))))
        assert (frame.width, frame.height) == size
        assert middle(frame, 0) == pytest.approx((level - 16) * 255 / 219, abs=3)


def test_the_same_keyframe_gives_the_same_bytes() -> None:
    jpegs = JpegMaker()
    first, _, again = (jpegs.jpeg(as_keyframe(grey(level))) for level in (80, 160, 80))

    assert first == again == JpegMaker().jpeg(as_keyframe(grey(80)))


def textured() -> Coded:
    frame = grey_frame(100, (96, 80), "yuv420p")
    frame.planes[0].update(bytes(index * 37 % 200 + 16 for index in range(frame.planes[0].buffer_size)))
    return coded(frame)


def damaged(packet: bytes) -> bytes:
    half = len(packet) // 2
    return packet[:half] + b"\xff" * 40 + packet[half + 40 :]


@pytest.mark.parametrize("cut", [0, 3, 20, 0.5, 0.9])
def test_a_cut_keyframe_is_undecodable(cut: float) -> None:
    keyframe = as_keyframe(textured())
    length = cut if isinstance(cut, int) else int(len(keyframe.packet) * cut)

    with pytest.raises(UndecodableKeyframe, match=r"1970-01-01T00:00:00.*V_MPEG4/ISO/AVC"):
        JpegMaker().jpeg(replace(keyframe, packet=keyframe.packet[: int(length)]))


def test_a_bad_keyframe_does_not_spoil_the_next() -> None:
    jpegs, good = JpegMaker(), as_keyframe(textured())
    expected = jpegs.jpeg(good)
    nothing = replace(good, track=Track(1, "V_MPEG4/ISO/AVC", b"\1\2\3"))
    foreign = replace(good, track=Track(1, "V_VP9", b""))

    for bad in (replace(good, packet=damaged(good.packet)), nothing, foreign, replace(good, packet=b"")):
        with pytest.raises(UndecodableKeyframe):
            jpegs.jpeg(bad)
        assert jpegs.jpeg(good) == expected


@pytest.mark.skipif(not FOOTAGE.exists(), reason="the footage and the model are not there")
def test_the_jpegs_of_real_footage_count_as_their_sources_do() -> None:
    detector = load_detector(str(FOOTAGE.parent / "models" / "yolox_nano.onnx"))

    def persons(image: Any) -> int:
        return sum(found.confidence >= 95 for found in detector.detect(image))

    encoder, counts = JpegEncoder(), []
    with av.open(str(FOOTAGE / "store-aisle-detection.gif"), "r") as container:
        # These 16 of its 67 frames include those that scales 2 and 3 count differently.
        for frame in islice(container.decode(video=0), 30, 46):
            jpeg = cv2.imdecode(np.frombuffer(encoder.encode(frame), np.uint8), cv2.IMREAD_COLOR)
            counts.append((persons(frame.to_ndarray(format="bgr24")), persons(jpeg)))

    assert len(counts) == 16
    assert [jpeg for _, jpeg in counts] == [source for source, _ in counts]


def grainy(width: int, height: int, sigma: float) -> VideoFrame:
    """A grey picture with the noise of a sensor."""
    luma = np.clip(np.random.default_rng(1).normal(120, sigma, (height, width)), 0, 255).astype(np.uint8)
    frame = VideoFrame(width, height, "yuvj420p")
    frame.planes[0].update(luma.tobytes())
    for plane in frame.planes[1:]:
        plane.update(bytes([128]) * plane.buffer_size)
    return frame


@pytest.mark.parametrize(("sigma", "qscale"), [(12, 2), (25, 3)])
def test_8k_with_grain_is_encoded_coarser_until_rekognition_takes_it(sigma: float, qscale: int) -> None:
    frame = grainy(7680, 4320, sigma)
    finest = JpegEncoder(max_bytes=10**9).encode(frame)
    assert len(finest) > 15_000_000

    jpeg = JpegEncoder().encode(frame)

    assert len(jpeg) <= 15_000_000
    assert jpeg == JpegEncoder(qscale, max_bytes=10**9).encode(frame)
    assert (decoded(jpeg).width, decoded(jpeg).height) == (7680, 4320)


def test_a_picture_that_fits_follows_one_that_did_not_at_full_quality() -> None:
    small, large = grey_frame(99, (160, 96), "yuv420p"), grainy(160, 96, 30)
    limit = len(JpegEncoder().encode(large)) - 1
    encoder = JpegEncoder(max_bytes=limit)

    assert len(encoder.encode(large)) <= limit
    assert encoder.encode(small) == JpegEncoder().encode(small)


def test_a_picture_that_never_fits_is_as_small_as_it_gets() -> None:
    frame = grainy(160, 96, 30)
    assert JpegEncoder(max_bytes=1).encode(frame) == JpegEncoder(31).encode(frame)
