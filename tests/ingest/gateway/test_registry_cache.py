from dataclasses import replace
from pathlib import Path

from ingest.gateway.registry_cache import store, stored
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from ingest.times import from_millis

START = from_millis(1_795_393_011_685)
DOOR = Camera("door", "shop", START, zones={"till": ((0, 0), (1, 0), (0.5, 1))})
TILL = Camera("till", "shop", START, Source.PUSH, sampling=Sampling(60, "Europe/Berlin"))


def test_what_was_seen_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    store(path, [DOOR, TILL])

    assert stored(path) == {"door": DOOR, "till": TILL}
    store(path, [replace(DOOR, area="hall")])
    assert stored(path) == {"door": replace(DOOR, area="hall")}


def test_what_a_power_loss_left_is_nothing_or_all(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    assert stored(path) is None
    store(path, [DOOR])
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert stored(path) is None
