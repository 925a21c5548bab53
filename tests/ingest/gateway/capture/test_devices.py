import asyncio
import errno
import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import pytest
from av.container import InputContainer
from av.error import err_check

from ingest.gateway.capture import opening
from ingest.gateway.capture.demuxing import SourcePacket
from ingest.gateway.capture.devices import PICTURE_FORMATS, VIDEO_FORMATS, DeviceFormats
from ingest.gateway.capture.opening import Unreadable, WrongFormat, container_of
from ingest.gateway.capture.source import opened
from ingest.gateway.config.addresses import DEVICE_FORMAT, Address, is_device
from ingest.gateway.pictures.device_pictures import DevicePictures
from tests.ingest.gateway.videos import Made, jpeg, write

DEVICE = Address("/dev/video0")
RAW = ("testsrc2=size=64x48:rate=100,realtime", "lavfi")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/dev/video0", True),
        ("/dev/v4l/by-id/usb-046d_Webcam-video-index0", True),
        ("/dev/shm/video.mp4", False),
        ("/srv/dev/video0", False),
        ("rtsp://host/dev/video0", False),
    ],
)
def test_which_addresses_are_devices(url: str, expected: bool) -> None:
    address = Address(url)

    assert is_device(url) == address.is_device == expected
    assert address.format == ("v4l2" if expected else None)


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        (VIDEO_FORMATS, [{"input_format": "h264"}, {"input_format": "hevc"}]),
        (PICTURE_FORMATS, [{"input_format": "mjpeg"}, {}]),
    ],
)
def test_what_a_device_is_asked_for(wanted: DeviceFormats, options: list[dict[str, str]]) -> None:
    assert wanted.options() == options


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives FFmpeg a device with these formats; it behaves as FFmpeg 8.1's libavdevice/v4l2.c.

    What it gives is real: files and FFmpeg's own test pictures.
    """
    (tmp_path / "mjpeg").write_bytes(jpeg() * 50)
    write(tmp_path / "h264", Made(frames=5), "h264")
    write(tmp_path / "hevc", Made("libx265", frames=5), "hevc")
    open_real = av.open

    def plug(*formats: str, error: int = errno.EINVAL) -> None:
        def open_device(url: str, *, options: Mapping[str, str], **others: Any) -> Any:
            assert (url, others["format"]) == (DEVICE.url, "v4l2")
            found = next((name for name in formats if name == options.get("input_format", name)), None)
            if found is None:
                err_check(-error, url)
            source, form = RAW if found == "raw" else (str(tmp_path / str(found)), found)
            return open_real(source, format=form)

        monkeypatch.setattr(av, "open", open_device)

    return plug


@pytest.mark.parametrize(
    ("formats", "codec"),
    [
        (("raw", "mjpeg", "h264"), "h264"),
        (("raw", "hevc"), "hevc"),
        (("h264", "hevc"), "h264"),
        (("raw", "mjpeg"), None),
        (("mjpeg",), None),
        ((), None),
    ],
)
def test_the_first_format_that_kvs_takes(
    driver: Callable[..., None], formats: tuple[str, ...], codec: str | None
) -> None:
    driver(*formats)

    if codec is not None:
        with opened(DEVICE, threading.Event()) as opening:
            assert opening.codec == codec
            assert next(opening.packets).keyframe
        return
    with pytest.raises(WrongFormat) as error, opened(DEVICE, threading.Event()):
        pass
    assert str(error.value) == (
        "/dev/video0 gives only pictures, neither H.264 nor H.265: make it a push camera with"
        " `occupancy camera set NAME --source push`"
    )


@pytest.mark.parametrize(
    ("formats", "codec"),
    [
        (("raw", "mjpeg", "h264"), "mjpeg"),
        (("mjpeg",), "mjpeg"),
        (("raw",), "wrapped_avframe"),  # the test pictures' rawvideo
        (("h264",), "h264"),
    ],
)
def test_mjpeg_is_taken_before_what_comes_first(
    driver: Callable[..., None], formats: tuple[str, ...], codec: str
) -> None:
    driver(*formats)

    with container_of(DEVICE, PICTURE_FORMATS) as (_, stream):
        assert stream.codec_context.name == codec


def test_a_device_that_gives_nothing_that_ffmpeg_knows(driver: Callable[..., None]) -> None:
    driver()

    with pytest.raises(WrongFormat) as error, container_of(DEVICE, PICTURE_FORMATS):
        pass
    assert str(error.value) == "/dev/video0 gives no pictures that FFmpeg can read"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errno.ENOENT, "does not exist: is it plugged in?"),
        (errno.ENODEV, "is not there any more: is it plugged in?"),
        (errno.EBUSY, "is in use by another program, or by a running gateway: stop that"),
        (errno.EACCES, "cannot be read by this user: add the user to the group `video`"),
        (errno.ENOTTY, "is not a camera: see `v4l2-ctl --list-devices`"),
        (
            errno.ENOSPC,
            "gets no bandwidth on its USB bus: plug it into another bus, or set a smaller picture size",
        ),
        (errno.EIO, "cannot be read (Input/output error)"),
    ],
)
@pytest.mark.parametrize("wanted", [VIDEO_FORMATS, PICTURE_FORMATS])
def test_why_a_device_cannot_be_opened(
    driver: Callable[..., None], wanted: DeviceFormats, error: int, sentence: str
) -> None:
    driver(error=error)

    with pytest.raises(Unreadable) as unreadable, container_of(DEVICE, wanted):
        pass
    assert str(unreadable.value) == f"/dev/video0 {sentence}"


def test_a_device_that_is_unplugged_while_it_is_read(driver: Callable[..., None]) -> None:
    driver("raw")

    with pytest.raises(Unreadable) as unreadable, container_of(DEVICE, PICTURE_FORMATS):
        err_check(-errno.ENODEV)
    assert str(unreadable.value) == "/dev/video0 is not there any more: is it plugged in?"


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many packets were left at each closing of a device: FFmpeg's v4l2 would crash on each."""
    found: list[int] = []
    open_real = opening._first_opened

    @contextmanager
    def watched(address: Address, wanted: DeviceFormats, patience: float) -> Iterator[InputContainer]:
        with open_real(address, wanted, patience) as container:
            try:
                yield container
            finally:
                held = [
                    packet for packet in gc.get_objects() if isinstance(packet, av.Packet) and packet.size
                ]
                found.append(len(held))

    monkeypatch.setattr(opening, "_first_opened", watched)
    return found


def test_no_packet_outlives_a_device_that_kvs_takes(tmp_path: Path, left: list[int]) -> None:
    write(tmp_path / "video0", Made(frames=20, gop=5), "mpegts")
    address = Address(str(tmp_path / "video0"), format="mpegts")

    def read(packets: Iterator[SourcePacket]) -> None:
        for number, packet in enumerate(packets):
            if number == 3:
                raise Unreadable(f"{packet.arrived}")

    with opened(address, threading.Event()) as opening:
        first = next(opening.packets)
    with pytest.raises(Unreadable), opened(address, threading.Event()) as opening:
        read(opening.packets)

    assert first.keyframe
    assert left == [0, 0]


def test_no_packet_outlives_a_webcam(left: list[int]) -> None:
    async def run() -> None:
        pictures = DevicePictures(Address(RAW[0], format=RAW[1]))
        pictures.open()
        await pictures.take()
        await pictures.close()

    asyncio.run(run())
    with (
        pytest.raises(Unreadable),
        container_of(Address(RAW[0], format=RAW[1]), PICTURE_FORMATS) as (container, _),
    ):
        unplugged(container)

    assert left == [0, 0]


def unplugged(container: InputContainer) -> None:
    for packet in container.demux():
        assert packet.size
        err_check(-errno.ENODEV)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("/dev/video-none", "does not exist: is it plugged"), ("/dev/null", "is not a camera")],
)
def test_ffmpeg_itself_says_what_is_no_camera(url: str, sentence: str) -> None:
    """Its real v4l2."""
    address = Address(url, format=DEVICE_FORMAT)

    with pytest.raises(Unreadable, match=f"^{url} {sentence}"), container_of(address):
        pass
