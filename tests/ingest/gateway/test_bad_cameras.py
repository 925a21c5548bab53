"""Cameras whose RTP is not what it should be, read by a capture: each is named, and what can be had is."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.gateway.capture.camera_capture import CameraCapture
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.kvs_camera import MAX_READERS
from ingest.gateway.spool.spool import Bounds, Spool
from tests.ingest.gateway.reading import blocks, dependencies, reading
from tests.ingest.gateway.reading import until as until_true
from tests.ingest.gateway.scripted_camera import (
    PPS,
    SENDER_REPORT,
    SPS,
    Script,
    Unit,
    filmed,
    for_ever,
    scripted_camera,
)
from tests.ingest.gateway.shop import Shop, running, shop, until
from tests.ingest.gateway.videos import Made

__all__ = ["shop"]  # a fixture

GOP = 5
FILM = filmed(Made(frames=50, gop=GOP))
NO_SETS = "has no parameter sets: let the camera send SPS and PPS"


@pytest.fixture
def short_fragments(monkeypatch: pytest.MonkeyPatch) -> None:
    """As short as the film's groups of pictures."""
    monkeypatch.setattr("ingest.gateway.capture.fragmenting.MIN_SPAN_MS", 200)
    monkeypatch.setattr("ingest.gateway.capture.frame_meter.MEASURED_SECONDS", 1.2)


@contextmanager
def read(script: Script, spool: Spool) -> Iterator[CameraCapture]:
    """A camera that plays the script, and what its capture shows."""
    with scripted_camera(script) as port:
        address = Address(f"rtsp://127.0.0.1:{port}/door")
        with reading(CameraCapture(address, Send.ALL, dependencies(spool))) as capture:
            yield capture


def film() -> Iterator[Unit]:
    return for_ever(FILM)


def cut_sps() -> Iterator[Unit]:
    for access_unit in film():
        yield Unit(
            access_unit.time, tuple(unit[:2] if unit[0] & 0x1F == SPS else unit for unit in access_unit.units)
        )


def garbage() -> Iterator[Unit]:
    chance = random.Random(9)
    for access_unit in film():
        yield Unit(access_unit.time, (b"\x65" + chance.randbytes(200),))


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            lambda: (access_unit.without(SPS, PPS) for access_unit in film()),
            NO_SETS,
        ),
        (lambda: (access_unit.without(PPS) for access_unit in film()), NO_SETS),
        (cut_sps, "cannot be decoded (Invalid data found when processing input): restart the camera"),
        (garbage, NO_SETS),
    ],
    ids=["no sets", "no PPS", "a cut SPS", "garbage"],
)
def test_video_that_cannot_be_decoded_is_named(tmp_path: Path, script: Script, sentence: str) -> None:
    spool = Spool(tmp_path / "spool", Bounds(10_000_000))
    with read(script, spool) as capture:
        until_true(lambda: sentence in str(capture.status.problem))
        assert capture.status.state == "failing"
    assert len(spool) == 0


@pytest.mark.usefixtures("short_fragments")
@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_jump_of_the_cameras_clock_is_no_loss(tmp_path: Path, jump: float) -> None:
    spool = Spool(tmp_path / "spool", Bounds(10_000_000))

    def script() -> Iterator[Unit]:
        for access_unit in film():
            yield Unit(
                access_unit.time + 10_000 + (jump if access_unit.time >= 0.4 else 0), access_unit.units
            )

    with read(script, spool) as capture:
        until_true(lambda: capture.status.rates.fps > 0)  # measured across the jump
        until_true(lambda: len(spool) >= 6)
        assert (
            capture.status.state,
            capture.status.problem,
            capture.status.openings,
            capture.status.rates.lost,
        ) == ("live", None, 1, 0)
    times = [time for time, *_ in blocks(spool)]
    assert max(times) - min(times) < 60_000


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (list, "/door sends nothing for 2 s: it is opened again"),
        (
            lambda: (Unit(5.0, access_unit.units) for access_unit in film()),
            "/door gives all its pictures the same time stamp",
        ),
        (
            lambda: (access_unit for access_unit in film() if len(access_unit.units) == 1),
            "/door: it sends no keyframe, like cameras",
        ),
    ],
    ids=["silence", "a clock that stands still", "no keyframe"],
)
def test_a_camera_from_which_nothing_can_come_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script, sentence: str
) -> None:
    for module, seconds in (("opening", 1.5), ("source", 0.5)):
        monkeypatch.setattr(f"ingest.gateway.capture.{module}.SILENCE_SECONDS", seconds)
    monkeypatch.setattr("ingest.gateway.capture.packet_pipeline.MAX_SPAN_MS", 500)
    with read(script, Spool(tmp_path / "spool", Bounds(10_000_000))) as capture:
        until_true(lambda: capture.status.state == "failing")
        assert sentence in str(capture.status.problem)


@pytest.mark.usefixtures("short_fragments")
def test_a_time_line_that_begins_with_0_has_all_its_frames(tmp_path: Path) -> None:
    """FFmpeg takes an RTP timestamp of 0 for none: the first frame has no time of its own."""
    spool = Spool(tmp_path / "spool", Bounds(10_000_000))
    with read(film, spool):
        until_true(lambda: len(spool) >= 2)
    found = blocks(spool)
    assert [keyframe for *_, keyframe in found[: GOP + 1]] == [True, *[False] * (GOP - 1), True]
    times = [time for time, *_ in found]
    assert {after - before for before, after in pairwise(times[1:])} == {40}
    assert 0 < times[1] - times[0] <= 40


def test_a_camera_that_goes_on_without_video_is_opened_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes keep FFmpeg waiting; what was read before is kept, and its connections stay few."""
    # Long enough for a busy machine to open a camera and to read its first pictures.
    monkeypatch.setattr("ingest.gateway.capture.camera_capture.STUCK_SECONDS", 1.5)
    monkeypatch.setattr("ingest.gateway.camera_pool.STOP_SECONDS", 0.6)
    monkeypatch.setattr("ingest.gateway.kvs_camera.WATCH", 0.1)

    def script() -> Iterator[Unit | bytes]:
        yield from FILM[: 4 * GOP]
        while True:
            yield SENDER_REPORT

    async def run() -> None:
        with scripted_camera(script, rate=250) as port:
            shop.add("door", f"rtsp://127.0.0.1:{port}/door", stream_name="door")
            gateway = shop.gateway()
            async with running(gateway):
                await until(gateway, "'sends no video for' in (door['problem'] or '')")
                await until(gateway, f"door['delivered'] >= 2 and door['reconnects'] == {MAX_READERS - 1}")
                await asyncio.sleep(3)
                (door,) = await until(gateway, "door['state'] == 'live'")
                assert door["reconnects"] == MAX_READERS - 1
        while any(thread.name == "camera-door" for thread in threading.enumerate()):
            await asyncio.sleep(0.02)  # when their camera lets them go

    asyncio.run(run())
    keyframes = sum(keyframe for *_, keyframe in shop.kvs.blocks())
    assert keyframes == 4 * MAX_READERS
