import base64
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import boto3
import pytest
from av.video.frame import VideoFrame

from infra.local.kvs.images.rendering import qscale
from infra.local.kvs.server import KvsServer
from ingest.jpeg import JpegEncoder
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import AUDIO, START, VIDEO
from tests.infra.local.kvs.arbitrary_media import fragment as arbitrary
from tests.infra.local.kvs.conftest import UNCHECKED, Clock
from tests.infra.local.kvs.film import Block, Film, film, put_body

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient

CAPTURE = Path(__file__).parents[6] / "shared" / "captures" / "putmedia-h264.mkv"
"""200 frames, the first at START."""
FOUR_SECONDS = cache(lambda: film(4))
"""20 frames, 200 ms apart, in four fragments."""


def at(millis: float) -> datetime:
    return datetime.fromtimestamp((START + millis) / 1000, UTC)


def asked(start: float, end: float, interval: int | None = 200, **more: Any) -> Any:
    """A request for JPEGs from `start` to `end` milliseconds after START."""
    return {
        "StreamName": "entrance",
        "ImageSelectorType": "PRODUCER_TIMESTAMP",
        "StartTimestamp": at(start),
        "EndTimestamp": at(end),
        "Format": "JPEG",
        **({} if interval is None else {"SamplingInterval": interval}),
        **more,
    }


def content(image: Any) -> bytes | str:
    """The image, or the error instead of it."""
    return base64.b64decode(image["ImageContent"]) if "ImageContent" in image else str(image["Error"])


def outcomes(client: "KinesisVideoArchivedMediaClient", request: Any) -> list[str]:
    """IMAGE or the error of each entry."""
    images = client.get_images(**request)["Images"]
    return [image.get("Error", "IMAGE") for image in images]


def test_each_image_is_what_a_straight_decode_of_the_video_gives(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    shot = FOUR_SECONDS()
    put_body(kvs.url, shot.body(START))

    images = archive.get_images(**asked(0, 3800))["Images"]

    times = range(0, 4000, 200)
    assert [image["TimeStamp"] for image in images] == [at(time) for time in times]
    assert [content(image) for image in images] == [shot.jpeg(time) for time in times]
    assert len({content(image) for image in images}) == 20


def test_ten_minutes_of_video_window_by_window(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    shot = film(600, fps=2, size=(32, 32))
    put_body(kvs.url, shot.body(START))
    paginator = archive.get_paginator("get_images")

    images = [
        image
        for start in (0, 300_000)
        for page in paginator.paginate(**asked(start, start + 299_999, 5000))
        for image in page["Images"]
    ]

    assert [image["TimeStamp"] for image in images] == [at(time) for time in range(0, 600_000, 5000)]
    assert [content(image) for image in images] == [shot.jpeg(time) for time in range(0, 600_000, 5000)]


@pytest.mark.skipif(not CAPTURE.exists(), reason="the capture of Amazon's producer is not there")
def test_what_amazons_own_producer_sends(kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient") -> None:
    put_body(kvs.url, CAPTURE.read_bytes())
    with av.open(str(CAPTURE), "r", format="matroska") as container:
        pictures = {frame.pts: frame for frame in container.decode(video=0)}

    images = archive.get_images(**asked(0, 7999, 400))["Images"]

    expected = [JpegEncoder(qscale(80)).encode(pictures[START + time]) for time in range(0, 8000, 400)]
    assert [content(image) for image in images] == expected


def test_a_resolution_that_changes_between_connections(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    small, large = FOUR_SECONDS(), film(2, size=(160, 120), codec="libx265", seed=2)
    put_body(kvs.url, small.body(START))
    put_body(kvs.url, large.body(START + 4000))

    images = archive.get_images(**asked(3000, 4400))["Images"]

    expected = [small.jpeg(time) for time in range(3000, 4000, 200)] + [large.jpeg(t) for t in (0, 200, 400)]
    assert [content(image) for image in images] == expected


def test_by_the_time_of_arrival(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", clock: Clock
) -> None:
    clock.stop()
    clock.offset += (START + 50_000) / 1000 - clock()
    shot = film(1)
    put_body(kvs.url, shot.body(START))

    images = archive.get_images(**asked(50_000, 50_999, ImageSelectorType="SERVER_TIMESTAMP"))["Images"]

    assert [content(image) for image in images] == [shot.jpeg(time) for time in range(0, 1000, 200)]


@pytest.mark.parametrize(
    ("start", "end", "interval", "found"),
    [
        pytest.param(0, 400, 200, "III", id="the end is included"),
        pytest.param(0, 399, 200, "II", id="and nothing after it"),
        pytest.param(100, 900, 200, "NNNNN", id="no fragment starts in the window"),
        pytest.param(800, 1400, 200, "NIII", id="nothing before the first fragment that starts in it"),
        pytest.param(-400, 400, 200, "NNIII", id="before the video"),
        pytest.param(3000, 4800, 200, "IIIIIIINNN", id="500 ms beyond the last frame"),
        pytest.param(3000, 4301, 1301, "IN", id="not a millisecond more"),
        pytest.param(1000, 1199, 3000, "I", id="a range shorter than the interval"),
        pytest.param(900, 1199, 3000, "N", id="which has no image at its start"),
        pytest.param(0, 3999, None, "II", id="3000 ms unless told"),
        pytest.param(100_000, 100_400, 200, "NNN", id="no video at all"),
    ],
)
def test_windows(
    kvs: KvsServer,
    archive: "KinesisVideoArchivedMediaClient",
    start: int,
    end: int,
    interval: int | None,
    found: str,
) -> None:
    put_body(kvs.url, FOUR_SECONDS().body(START))

    letters = [outcome[0] for outcome in outcomes(archive, asked(start, end, interval))]

    assert "".join(letters) == found


def test_at_one_frame_a_second_half_of_the_entries_are_no_media(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    put_body(kvs.url, film(20, fps=1).body(START))

    found = outcomes(archive, asked(0, 19_999, 800))

    assert (len(found), found.count("NO_MEDIA"), found.count("IMAGE")) == (25, 10, 15)


@pytest.mark.parametrize(("reach", "found"), [(500, ["IMAGE", "NO_MEDIA"]), (900, ["IMAGE", "IMAGE"])])
def test_the_reach_is_for_a_test_to_set(
    serve: Callable[..., KvsServer], reach: int, found: list[str]
) -> None:
    kvs = serve(image_reach_ms=reach)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    put_body(kvs.url, film(1, fps=1).body(START))
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)

    assert outcomes(client, asked(0, 900, 900)) == found


def test_what_cannot_be_decoded_is_an_error_of_its_own_entries(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    shot = FOUR_SECONDS()
    blocks = [
        Block(block.time, block.keyframe, b"\0\0\0\5no NAL" if block.time == 1000 else block.packet)
        for block in shot.blocks
    ]
    damaged = Film(shot.track, blocks, shot.pictures)
    put_body(kvs.url, damaged.body(START))

    found = outcomes(archive, asked(800, 2200))

    assert found == ["NO_MEDIA", *["MEDIA_ERROR"] * 5, "IMAGE", "IMAGE"]


@pytest.mark.parametrize(
    "body",
    [
        mkv.header([AUDIO]) + arbitrary(START, (0, 200, 400), track=2),
        mkv.header([VIDEO]) + arbitrary(START, (0, 200, 400)),
    ],
    ids=["sound", "noise"],
)
def test_media_that_holds_no_picture(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", body: bytes
) -> None:
    put_body(kvs.url, body)

    assert outcomes(archive, asked(0, 400)) == ["MEDIA_ERROR"] * 3


def test_an_image_that_does_not_fit_into_an_entry(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = FOUR_SECONDS()
    put_body(kvs.url, shot.body(START))
    lengths = [len(base64.b64encode(shot.jpeg(time))) for time in range(0, 1000, 200)]
    monkeypatch.setattr("infra.local.kvs.images.get_images.LONGEST_CONTENT", max(lengths) - 1)

    found = outcomes(archive, asked(0, 800))

    assert found == ["MEDIA_ERROR" if length == max(lengths) else "IMAGE" for length in lengths]
    assert "IMAGE" in found


@pytest.mark.parametrize(("most", "pages"), [(None, [25, 16]), (100, [25, 16]), (15, [15, 15, 11])])
def test_pages(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", most: int | None, pages: list[int]
) -> None:
    shot = FOUR_SECONDS()
    put_body(kvs.url, shot.body(START))
    request = asked(-4200, 3800, **({} if most is None else {"MaxResults": most}))
    images: list[Any] = []
    lengths = []
    while True:
        answer = archive.get_images(**request)
        images += answer["Images"]
        lengths.append(len(answer["Images"]))
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]

    assert lengths == pages
    assert [image["TimeStamp"] for image in images] == [at(time) for time in range(-4200, 4000, 200)]
    expected = ["NO_MEDIA"] * 21 + [shot.jpeg(time) for time in range(0, 4000, 200)]
    assert [content(image) for image in images] == expected


@pytest.mark.parametrize(
    ("more", "kind", "size"),
    [
        ({}, "jpeg", (96, 80)),
        ({"Format": "PNG"}, "png", (96, 80)),
        ({"WidthPixels": 200, "HeightPixels": 100}, "jpeg", (200, 100)),
        ({"Format": "PNG", "WidthPixels": 48}, "png", (48, 40)),
        ({"HeightPixels": 40, "FormatConfig": {"JPEGQuality": "10"}}, "jpeg", (48, 40)),
    ],
)
def test_formats(
    kvs: KvsServer,
    archive: "KinesisVideoArchivedMediaClient",
    more: dict[str, Any],
    kind: str,
    size: tuple[int, int],
) -> None:
    put_body(kvs.url, FOUR_SECONDS().body(START))

    (image,) = archive.get_images(**asked(0, 100, **more))["Images"]

    image_bytes = base64.b64decode(image["ImageContent"])
    with av.open(io.BytesIO(image_bytes), "r", format=f"{kind}_pipe") as container:
        (frame,) = container.decode(video=0)
    assert (frame.width, frame.height) == size


@pytest.mark.parametrize("quality", [1, 80, 100])
def test_quality(kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", quality: int) -> None:
    shot = FOUR_SECONDS()
    put_body(kvs.url, shot.body(START))

    (image,) = archive.get_images(**asked(0, 100, FormatConfig={"JPEGQuality": str(quality)}))["Images"]

    assert content(image) == shot.jpeg(0, quality)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"StreamName": "exit"}, "ResourceNotFoundException"),
    ({"StreamName": None}, "InvalidArgumentException"),
    (
        {"StreamName": None, "StreamARN": "arn:aws:kinesisvideo:us-east-1:999999999999:stream/entrance/1"},
        "NotAuthorizedException",
    ),
    ({"StreamName": "live"}, "NoDataRetentionException"),
    ({"ImageSelectorType": None}, "InvalidArgumentException"),
    ({"ImageSelectorType": "BOTH"}, "InvalidArgumentException"),
    ({"StartTimestamp": None}, "InvalidArgumentException"),
    ({"EndTimestamp": None}, "InvalidArgumentException"),
    ({"EndTimestamp": at(0)}, "InvalidArgumentException"),
    ({"EndTimestamp": at(-1)}, "InvalidArgumentException"),
    ({"EndTimestamp": at(300_001)}, "InvalidArgumentException"),
    ({"SamplingInterval": 199}, "InvalidArgumentException"),
    ({"Format": None}, "InvalidArgumentException"),
    ({"Format": "GIF"}, "InvalidArgumentException"),
    ({"FormatConfig": {"JPEGQuality": "0"}}, "InvalidArgumentException"),
    ({"FormatConfig": {"JPEGQuality": "101"}}, "InvalidArgumentException"),
    ({"FormatConfig": {"Quality": "80"}}, "InvalidArgumentException"),
    ({"WidthPixels": 0}, "InvalidArgumentException"),
    ({"WidthPixels": 3841}, "InvalidArgumentException"),
    ({"HeightPixels": 2161}, "InvalidArgumentException"),
    ({"MaxResults": 0}, "InvalidArgumentException"),
    ({"MaxResults": 101}, "InvalidArgumentException"),
    ({"NextToken": "?"}, "InvalidArgumentException"),
    ({"NextToken": base64.b64encode(b"once more").decode()}, "InvalidArgumentException"),
    ({"NextToken": base64.b64encode(b"3").decode()}, "InvalidArgumentException"),
]


@pytest.mark.parametrize(("change", "error"), WRONG, ids=[str(change) for change, _ in WRONG])
@pytest.mark.usefixtures("archive")
def test_errors(kvs: KvsServer, change: dict[str, Any], error: str) -> None:
    boto3.client("kinesisvideo").create_stream(StreamName="live")
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url, config=UNCHECKED)
    request = {name: value for name, value in (asked(0, 400) | change).items() if value is not None}

    with pytest.raises(getattr(client.exceptions, error)):
        client.get_images(**request)


def test_300_seconds_are_the_longest_window(archive: "KinesisVideoArchivedMediaClient") -> None:
    assert len(outcomes(archive, asked(0, 300_000, 300_000))) == 2


@pytest.mark.parametrize(
    ("limits", "most", "calls"),
    [
        ({"fragment_metadata_quota": 1000}, 100, 2),  # 425 each
        ({"fragment_metadata_quota": 1000}, 5, 2),  # 405 each
        ({"fragment_media_quota": 50}, 100, 2),
        ({"fragment_media_quota": 50}, 5, 10),
    ],
)
def test_quotas(
    serve: Callable[..., KvsServer], clock: Clock, limits: dict[str, int], most: int, calls: int
) -> None:
    clock.stop()
    kvs = serve(**limits)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    for _ in range(calls):
        client.get_images(**asked(0, 400, MaxResults=most))

    with pytest.raises(client.exceptions.ClientLimitExceededException):
        client.get_images(**asked(0, 400, MaxResults=most))
    clock.offset += 1
    client.get_images(**asked(0, 400, MaxResults=most))


def test_the_service_goes_on_while_it_decodes(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    put_body(kvs.url, FOUR_SECONDS().body(START))
    entered, released = threading.Event(), threading.Event()
    encode = JpegEncoder.encode

    def held_back(encoder: JpegEncoder, frame: VideoFrame) -> bytes:
        entered.set()
        assert released.wait(10)
        return encode(encoder, frame)

    monkeypatch.setattr(JpegEncoder, "encode", held_back)
    with ThreadPoolExecutor() as pool:
        images = pool.submit(outcomes, archive, asked(0, 100))
        assert entered.wait(10)
        assert len(archive.list_fragments(StreamName="entrance")["Fragments"]) == 4
        assert not images.done()
        released.set()
        assert images.result() == ["IMAGE"]
