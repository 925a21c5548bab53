import io
from fractions import Fraction

import av
import pytest

from ingest.kvs import ebml, mkv
from ingest.kvs.video import Track

START = 1_795_393_011_685


def encoded() -> tuple[bytes, list[tuple[bytes, bool]]]:
    """The avcC and 30 frames of H.264, with whether each is a keyframe: every 10th."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=25, options={"g": "10", "bf": "0", "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame(320, 180, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 8]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    sink.seek(0)
    with av.open(sink, "r") as container:
        frames = [(bytes(packet), packet.is_keyframe) for packet in container.demux(video=0) if packet.size]
        return container.streams.video[0].codec_context.extradata or b"", frames


def test_what_is_written_is_read_back_by_pyav_with_all_frames_and_times() -> None:
    extradata, encoded_frames = encoded()
    parts = [mkv.header([Track(1, "V_MPEG4/ISO/AVC", extradata, 320, 180)])]
    for number, (data, keyframe) in enumerate(encoded_frames):
        if keyframe:
            parts.append(mkv.cluster(START + number * 40))
        parts.append(mkv.simple_block(1, number % 10 * 40, data, keyframe=keyframe))
        if number % 10 == 9:
            parts.append(mkv.tags({"shelf": str(number)}))
    parts.append(mkv.END_OF_FRAGMENT)

    with av.open(io.BytesIO(b"".join(parts)), "r") as container:
        frames = list(container.decode(video=0))

    assert [frame.pts for frame in frames] == [START + number * 40 for number in range(30)]
    assert {(frame.width, frame.height) for frame in frames} == {(320, 180)}


def test_segment_and_cluster_have_unknown_sizes_and_the_timecode_has_eight_bytes() -> None:
    assert mkv.header([]).startswith(b"\x1a\x45\xdf\xa3")
    assert b"\x18\x53\x80\x67\xff" in mkv.header([])
    assert mkv.cluster(5) == b"\x1f\x43\xb6\x75\xff\xe7\x88" + (5).to_bytes(8, "big")


@pytest.mark.parametrize(
    ("relative_ms", "head"),
    [
        (0, b"\x81\0\0\x80"),
        (32_767, b"\x81\x7f\xff\x80"),
        (-100, b"\x81\xff\x9c\x80"),
        (-32_768, b"\x81\x80\0\x80"),
    ],
)
def test_a_block_begins_with_track_time_and_keyframe_flag(relative_ms: int, head: bytes) -> None:
    block = mkv.simple_block(1, relative_ms, b"frame", keyframe=True)

    assert block == ebml.element(ebml.SIMPLE_BLOCK, head + b"frame")


@pytest.mark.parametrize("relative_ms", [-32_769, 32_768])
def test_a_block_too_far_from_its_cluster_is_refused(relative_ms: int) -> None:
    with pytest.raises(ValueError, match=f"{relative_ms} ms from its cluster"):
        mkv.simple_block(1, relative_ms, b"", keyframe=False)


def test_end_of_fragment_is_a_tag_with_an_empty_value() -> None:
    (tag,) = (
        payload for element_id, payload in ebml.children(mkv.END_OF_FRAGMENT) if element_id == ebml.TAGS
    )
    ((_, simple_tags),) = ebml.children(tag)
    ((_, simple_tag),) = ebml.children(simple_tags)

    assert dict(ebml.children(simple_tag)) == {
        ebml.TAG_NAME: b"AWS_KINESISVIDEO_END_OF_FRAGMENT",
        ebml.TAG_STRING: b"",
    }
