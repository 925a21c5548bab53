from fractions import Fraction

import av
import pytest
from av.codec.context import CodecContext

from ingest.gateway.pictures.mjpeg import whole_jpeg

START_OF_SCAN, TABLES = b"\xff\xda", b"\xff\xc4"


def with_usual_tables() -> bytes:
    """As webcams encode: by default FFmpeg computes the best tables for each frame."""
    with av.open("testsrc2=size=96x64", format="lavfi") as container:
        frame = next(container.decode(video=0)).reformat(format="yuvj420p")
    encoder = CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base, encoder.options = Fraction(1, 25), {"huffman": "default"}
    return b"".join(bytes(packet) for packet in encoder.encode(frame))


JPEG = with_usual_tables()


def without_tables(whole: bytes) -> bytes:
    start = whole.index(TABLES)
    length = int.from_bytes(whole[start + 2 : start + 4], "big")
    return whole[:start] + whole[start + 2 + length :]


def grey(whole: bytes) -> bytes:
    """The picture's brightness, pixel by pixel."""
    (frame,) = CodecContext.create("mjpeg", "r").decode(av.Packet(whole))
    return bytes(frame.planes[0])


def test_a_whole_jpeg_stays_as_it_is() -> None:
    assert whole_jpeg(JPEG) == JPEG


def test_what_a_driver_puts_behind_it_is_left_out() -> None:
    assert whole_jpeg(JPEG + bytes(1000)) == JPEG


def test_huffman_tables_are_put_in_where_a_webcam_leaves_them_out() -> None:
    made = whole_jpeg(without_tables(JPEG))

    assert made is not None
    assert TABLES in made[: made.index(START_OF_SCAN)]
    assert grey(made) == grey(JPEG)
    assert whole_jpeg(made) == made


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        JPEG[:-2],
        JPEG[:100],
        JPEG[:2] + JPEG[-2:],
        JPEG[1:],
        b"YUYV" * 100,
        JPEG[:2] + b"\xff\xe0\xff\xff" + JPEG[2:],
    ],
)
def test_a_damaged_frame_gives_none(frame: bytes) -> None:
    assert whole_jpeg(frame) is None
