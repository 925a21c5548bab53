"""Which cameras a run checks; test_command.py runs doctor on a deployment."""

import pytest

from infra.cli.doctor.deployment.registry import RegistryContents
from infra.cli.doctor.examination import chosen_cameras
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import UnknownCamera
from ingest.times import from_text

SINCE = from_text("2026-11-22T13:00Z")


def contents() -> RegistryContents:
    cameras = [RegisteredCamera(Camera(name, "berlin-1", SINCE)) for name in ("till", "door")]
    return RegistryContents.from_items([cameras[0], InvalidCamera("broken", ["no StoreId"]), cameras[1]])


@pytest.mark.parametrize(
    ("camera_ids", "chosen"),
    [
        ((), ["door", "till"]),
        (("till",), ["till"]),
        (("till", "door", "till"), ["door", "till"]),
        (("broken",), []),
    ],
)
def test_the_cameras_to_check(camera_ids: tuple[str, ...], chosen: list[str]) -> None:
    assert [item.camera.camera_id for item in chosen_cameras(contents(), camera_ids)] == chosen


def test_a_camera_that_is_not_in_the_registry() -> None:
    with pytest.raises(UnknownCamera, match="'nobody' is not in the registry"):
        chosen_cameras(contents(), ("door", "nobody"))
