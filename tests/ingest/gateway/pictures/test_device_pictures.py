import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import av
import pytest

from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.device_pictures import DevicePictures
from ingest.gateway.pictures.pictures import Picture
from ingest.gateway.pictures.snapshots import NoPicture
from ingest.jpeg import JpegEncoder
from tests.awaiting import await_that
from tests.ingest.gateway.videos import Made, jpeg, padded_jpeg, write
from tests.ingest.gateway.webcam import webcam
from tests.ingest.video import grey_frame

RAW = Address("testsrc2=size=320x240:rate=50,realtime", shown="/dev/video0", format="lavfi")

Got = TypeVar("Got")


def asked(address: Address, questions: Callable[[DevicePictures], Awaitable[Got]]) -> Got:
    """The next pictures of an open device."""

    async def run() -> Got:
        pictures = DevicePictures(address)
        pictures.open()
        try:
            async with asyncio.timeout(30):
                return await questions(pictures)
        finally:
            await pictures.close()

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateway.pictures.device_pictures.FIRST_RETRY", 0.05)


async def three(pictures: DevicePictures) -> list[Picture]:
    return [await pictures.take() for _ in range(3)]


def test_raw_pictures_become_jpegs_of_the_same_size_each_of_its_own_time() -> None:
    found = asked(RAW, three)

    assert len({picture.jpeg for picture in found}) == 3
    assert [picture.arrived for picture in found] == sorted({picture.arrived for picture in found})
    for picture in found:
        with av.open(io.BytesIO(picture.jpeg)) as container:
            stream = container.streams.video[0].codec_context
            assert (stream.name, stream.width, stream.height) == ("mjpeg", 320, 240)


def test_a_webcams_own_raw_format_becomes_a_jpeg(tmp_path: Path) -> None:
    picture = grey_frame(99, (96, 64), "yuv420p").reformat(format="yuyv422")
    with av.open(str(tmp_path / "video0"), "w", format="nut") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuyv422"
        container.mux(stream.encode(picture))

    async def first(pictures: DevicePictures) -> bytes:
        await pictures.close()
        asking = asyncio.ensure_future(pictures.take())
        await asyncio.sleep(0)  # it asks before the picture arrives
        pictures.open()
        return (await asking).jpeg

    assert asked(Address(str(tmp_path / "video0"), format="nut"), first) == JpegEncoder().encode(picture)


def test_mjpeg_is_passed_on_as_it_is_and_damaged_frames_are_passed_over(tmp_path: Path) -> None:
    with webcam(tmp_path / "video0") as camera:
        camera.frame = jpeg() + jpeg((64, 32))[:-2]
        found = asked(Address(str(camera.path), format="mjpeg"), three)

    assert [picture.jpeg for picture in found] == [jpeg()] * 3


def test_mjpeg_that_is_too_large_is_encoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateway.pictures.device_pictures.MAX_BYTES", 20_000)
    with webcam(tmp_path / "video0") as camera:
        camera.frame = padded_jpeg(20_001, stripes=False)  # one grey: encoded again, not a byte changes
        found = asked(Address(str(camera.path), format="mjpeg"), three)

    assert [picture.jpeg for picture in found] == [jpeg(stripes=False)] * 3


def test_a_device_that_comes_back_is_opened_again(tmp_path: Path) -> None:
    async def unplugged(pictures: DevicePictures) -> bytes:
        await pictures.take()
        camera.plugged.clear()
        sentence = f"{camera.path} has ended its stream"
        await asyncio.to_thread(await_that, lambda: pictures.problem == sentence)
        camera.frame = jpeg((128, 64))
        camera.plugged.set()
        await asyncio.to_thread(await_that, lambda: pictures.problem is None)
        return (await pictures.take()).jpeg

    with webcam(tmp_path / "video0") as camera:
        found = asked(Address(str(camera.path), format="mjpeg"), unplugged)

    assert found == jpeg((128, 64))


def test_a_device_that_is_not_there_is_named_to_whoever_asks() -> None:
    async def twice(pictures: DevicePictures) -> list[str]:
        sentences = []
        for _ in range(2):
            with pytest.raises(NoPicture) as error:
                await pictures.take()
            sentences.append(str(error.value))
        return sentences

    sentence = "/dev/video-none does not exist: is it plugged in?"
    assert asked(Address("/dev/video-none"), twice) == [sentence, sentence]


def test_a_device_that_gives_video_only_is_one_for_kvs(tmp_path: Path) -> None:
    write(tmp_path / "video0", Made(frames=5), "h264")

    with pytest.raises(NoPicture) as error:
        asked(Address(str(tmp_path / "video0"), shown="/dev/video0", format="h264"), DevicePictures.take)
    assert str(error.value) == (
        "/dev/video0 gives h264 instead of pictures: make it a KVS camera with"
        " `occupancy camera set NAME --source kvs`"
    )


def test_it_is_left_alone_while_it_is_closed(tmp_path: Path) -> None:
    async def again(pictures: DevicePictures) -> bytes:
        await pictures.take()
        await pictures.close()
        await asyncio.to_thread(await_that, lambda: not camera.is_read)
        await pictures.close()
        pictures.open()
        pictures.open()
        return (await pictures.take()).jpeg

    with webcam(tmp_path / "video0") as camera:
        assert asked(Address(str(camera.path), format="mjpeg"), again) == jpeg()
