from pathlib import Path

import pytest

from ingest.gateway.camera_spools import CameraSpools
from ingest.gateway.config.settings import GatewaySettings, parse
from ingest.registry.camera import Camera, Source
from ingest.times import from_millis
from tests.ingest.gateway.conftest import START

HOUR = 3_600_000
DOOR = Camera("door", "shop", from_millis(START), stream_name="new")
TILL = Camera("till", "shop", from_millis(START), Source.PUSH)
OLD_DOOR = Camera("door", "shop", from_millis(START), stream_name="old.one")


@pytest.fixture
def settings(tmp_path: Path) -> GatewaySettings:
    spool = {"directory": tmp_path, "max_age_hours": 2}
    given = {"store": "shop", "registry_table": "cameras", "frame_bucket": "frames", "spool": spool}
    return parse({**given, "cameras": {"door": {"url": "v.mp4"}, "till": {"url": "v.mp4"}}}, "gateway.yaml")


def put(spools: CameraSpools, camera: Camera, *hours: int) -> None:
    for hour in hours:
        spools.of(camera).put(START + hour * HOUR, START + hour * HOUR + 1000, b"video", START)


def folders(settings: GatewaySettings) -> list[str]:
    return sorted(path.name for path in settings.spool.directory.iterdir())


@pytest.mark.parametrize("restarted", [False, True])
def test_what_no_camera_uses_is_given_up_when_it_is_too_old(
    settings: GatewaySettings, *, restarted: bool
) -> None:
    spools = CameraSpools(settings)
    for camera in (OLD_DOOR, TILL, DOOR):
        put(spools, camera, 0, 1)
    if restarted:
        spools = CameraSpools(settings)

    spools.sweep([DOOR], START + 2 * HOUR)
    assert list(spools.dropped()) == []
    spools.sweep([DOOR], START + 2 * HOUR + 2000)
    assert sorted(
        (camera, dropped.reason, dropped.first_ms, dropped.last_ms) for camera, dropped in spools.dropped()
    ) == [
        ("door", "too old", START, START + 1000),
        ("till", "too old", START, START + 1000),
    ]
    assert folders(settings) == ["door@new", "door@old.one", "till"]
    spools.sweep([DOOR], START + 4 * HOUR)
    assert sorted((camera, dropped.count) for camera, dropped in spools.dropped()) == [
        ("door", 1),
        ("till", 1),
    ]
    assert folders(settings) == ["door@new"]
    assert len(spools.of(DOOR)) == 2


def test_a_camera_that_comes_back_begins_anew(settings: GatewaySettings) -> None:
    spools = CameraSpools(settings)
    put(spools, TILL, 0)
    spools.sweep([], START + 9 * HOUR)
    put(spools, TILL, 9)

    assert spools.of(TILL).failure is None
    assert len(spools.of(TILL)) == 1
    assert [(camera, dropped.count) for camera, dropped in spools.dropped()] == [("till", 1)]


def test_what_is_not_the_gateways_stays(settings: GatewaySettings, tmp_path: Path) -> None:
    for name in ("lost+found", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes" / "todo").write_text("look", encoding="utf-8")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "notes")
    (tmp_path / "lock").touch()
    before = folders(settings)

    spools = CameraSpools(settings)
    spools.sweep([], START)
    spools.sweep([], START)
    assert folders(settings) == before
    assert list(spools.dropped()) == []
