from infra.local.kvs.images.coded_video import CodedFrame, read_video, relative_times
from infra.local.kvs.service.fragments import Media
from ingest.kvs import ebml, mkv
from ingest.kvs.video import Track
from tests.infra.local.kvs.arbitrary_media import AUDIO, HEADER, START, VIDEO, fragment


def media(cluster: bytes, header: bytes = HEADER) -> Media:
    return Media(header, cluster, b"")


def group(relative_ms: int, packet: bytes, *, keyframe: bool) -> bytes:
    block = b"\x81" + relative_ms.to_bytes(2, "big", signed=True) + b"\x00" + packet
    reference = b"" if keyframe else ebml.element(ebml.REFERENCE_BLOCK, b"\xd8")
    return ebml.element(ebml.BLOCK_GROUP, ebml.element(ebml.BLOCK, block) + reference)


def test_every_frame_in_the_order_of_the_stream() -> None:
    video = read_video(media(fragment(START, (0, 80, 40), size=2)))

    assert (video.codec_id, video.codec_private) == ("V_MPEG4/ISO/AVC", VIDEO.codec_private)
    assert video.frames == (
        CodedFrame(0, keyframe=True, packet=b"\0\0"),
        CodedFrame(80, keyframe=False, packet=b"\1\1"),
        CodedFrame(40, keyframe=False, packet=b"\2\2"),
    )


def test_block_groups_say_it_by_their_references() -> None:
    cluster = mkv.cluster(START) + group(0, b"a", keyframe=True) + group(-40, b"b", keyframe=False)

    assert read_video(media(cluster)).frames == (
        CodedFrame(0, keyframe=True, packet=b"a"),
        CodedFrame(-40, keyframe=False, packet=b"b"),
    )


def test_only_the_first_video_track_whatever_comes_before_it() -> None:
    first, second = Track(3, "V_MPEGH/ISO/HEVC", b"hvcC", 64, 48), Track(4, "V_VP9", b"", 64, 48)
    audio = mkv.header([AUDIO]).replace(b"\x83\x81\x01", b"\x83\x81\x02")  # TrackType
    entries = (
        ebml.children(dict(elements(audio))[ebml.TRACKS]),
        ebml.children(dict(elements(mkv.header([first, second])))[ebml.TRACKS]),
    )
    tracks = b"".join(ebml.element(kind, entry) for some in entries for kind, entry in some)
    cluster = mkv.cluster(START) + b"".join(
        mkv.simple_block(number, 0, bytes([number]), keyframe=True) for number in (2, 4, 3)
    )

    video = read_video(media(cluster, mkv.document_head() + ebml.element(ebml.TRACKS, tracks)))

    assert (video.codec_id, [frame.packet for frame in video.frames]) == ("V_MPEGH/ISO/HEVC", [b"\3"])


def test_without_video_the_times_of_the_first_track() -> None:
    audio = mkv.header([AUDIO]).replace(b"\x83\x81\x01", b"\x83\x81\x02")

    assert read_video(media(fragment(START, track=2), audio)).codec_id == "A_AAC"
    assert relative_times(media(fragment(START, (0, 21), track=2), audio)) == [0, 21]


def test_ticks_of_another_length_than_a_millisecond() -> None:
    header = HEADER.replace(
        ebml.element(ebml.TIMECODE_SCALE, ebml.uint_bytes(1_000_000)),
        ebml.element(ebml.TIMECODE_SCALE, ebml.uint_bytes(500_000)),
    )

    assert relative_times(media(fragment(START, (0, 80, 81)), header)) == [0, 40, 40]


def elements(data: bytes) -> list[tuple[int, bytes]]:
    return [(element.id, element.payload) for element in ebml.Parser().feed(data)]
