from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gateway.capture.framing import START_CODE, Framing, Undecodable, nal_units
from ingest.kvs.video import Track
from tests.ingest.gateway.videos import Made, packets, write
from tests.ingest.video import Codec


def annex_b(path: Path, made: Made) -> list[tuple[bytes, bool]]:
    """The access units as a camera sends them, parameter sets with each keyframe."""
    write(path, made)
    return [(data, keyframe) for _, data, keyframe in packets(path)]


@pytest.mark.parametrize(
    ("codec", "suffix", "private"),
    [("libx264", "h264", b"\x01\x42\xc0"), ("libx265", "hevc", b"\x01\x01")],
)
def test_annex_b_becomes_what_matroska_wants(
    tmp_path: Path, codec: Codec, suffix: str, private: bytes
) -> None:
    made = Made(codec, frames=6, gop=3)
    framing = Framing(suffix, b"")  # type: ignore[arg-type]  # parameters are any str
    frames = [framing.take(data, keyframe=key) for data, key in annex_b(tmp_path / f"v.{suffix}", made)]

    track = framing.track
    assert track is not None
    assert (track.width, track.height) == made.size
    assert track.codec_private.startswith(private)
    assert pictures(suffix, track, frames) == 6
    assert all(START_CODE not in frame for frame in frames)


def pictures(name: str, track: Track, frames: list[bytes]) -> int:
    decoder = av.CodecContext.create(name, "r")
    decoder.extradata = track.codec_private
    shown = [decoder.decode(av.Packet(frame)) for frame in frames]  # type: ignore[attr-defined]  # PyAV's stub
    return sum(map(len, shown)) + len(decoder.decode(None))  # type: ignore[attr-defined]  # as above


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_what_is_length_prefixed_already_stays_as_it_is(tmp_path: Path, codec: Codec) -> None:
    path = tmp_path / "v.mp4"
    write(path, Made(codec, frames=3))
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        framing = Framing(context.name, bytes(context.extradata or b""))  # type: ignore[arg-type]  # any str
        extradata = context.extradata
    for _, data, keyframe in packets(path):
        assert framing.take(data, keyframe=keyframe) == data

    assert framing.track is not None
    assert framing.track.codec_private == extradata
    assert (framing.track.width, framing.track.height) == (160, 96)


def test_parameter_sets_may_be_declared_instead_of_sent(tmp_path: Path) -> None:
    (data, _), *_ = annex_b(tmp_path / "v.h264", Made(frames=1))
    sets = b"".join(START_CODE + unit for unit in nal_units(data) if unit[0] & 0x1F in (7, 8))
    bare = b"".join(START_CODE + unit for unit in nal_units(data) if unit[0] & 0x1F not in (7, 8))

    declared, sent = Framing("h264", sets), Framing("h264", b"")
    assert declared.take(bare, keyframe=True) == sent.take(data, keyframe=True)
    assert declared.track == sent.track


def test_other_parameter_sets_are_another_track(tmp_path: Path) -> None:
    framing = Framing("h264", b"")
    tracks = []
    for number, size in enumerate([(160, 96), (160, 96), (320, 192), (160, 96)]):
        for data, keyframe in annex_b(tmp_path / f"{number}.h264", Made(frames=3, size=size)):
            framing.take(data, keyframe=keyframe)
        tracks.append(framing.track)

    assert [(track.width, track.height) for track in tracks if track] == [
        (160, 96),
        (160, 96),
        (320, 192),
        (160, 96),
    ]
    assert tracks[0] is tracks[1]
    assert tracks[0] == tracks[3]


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ((7, 8), "has no parameter sets: let the camera send SPS and PPS with each keyframe"),
        ((7,), "has no parameter sets"),
        ((8,), "has no parameter sets"),
        ((5,), "cannot be decoded"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, missing: tuple[int, ...], sentence: str) -> None:
    (data, _), *_ = annex_b(tmp_path / "v.h264", Made(frames=1))
    cut = b"".join(START_CODE + unit for unit in nal_units(data) if unit[0] & 0x1F not in missing)

    with pytest.raises(Undecodable, match=sentence):
        Framing("h264", b"").take(cut, keyframe=True)


@pytest.mark.parametrize("kind", [7, 8])
def test_broken_parameter_sets_are_named_and_whole_ones_heal_it(tmp_path: Path, kind: int) -> None:
    (data, _), *_ = annex_b(tmp_path / "v.h264", Made(frames=1))
    broken = b"".join(START_CODE + (unit[:3] if unit[0] & 0x1F == kind else unit) for unit in nal_units(data))
    framing = Framing("h264", b"")

    with pytest.raises(Undecodable, match="cannot be decoded"):
        framing.take(broken, keyframe=True)
    framing.take(data, keyframe=True)
    assert framing.track is not None


@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans())
def test_garbage_gives_frames_or_a_sentence(units: list[bytes], keyframe: bool) -> None:
    data = b"".join(START_CODE + unit for unit in units)
    try:
        framed = Framing("h264", b"").take(data, keyframe=keyframe)
    except Undecodable:
        return
    position = 0
    while position < len(framed):
        position += 4 + int.from_bytes(framed[position : position + 4], "big")
    assert position == len(framed)
