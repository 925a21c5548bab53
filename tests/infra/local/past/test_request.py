import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.past.chain import chain
from infra.local.past.request import PastRequest, TruthNotWritten, fulfil
from tests.counter.tables import CAMERAS, OCCUPANCY, QUARTERS, STORES
from tests.counter.world import HISTORY, World, new_cloud, world_in
from tests.moto_state import REGION

NOW = datetime(2026, 11, 22, 16, 7, tzinfo=UTC)
OUTPUTS = {
    "CameraTableName": CAMERAS,
    "OccupancyTableName": OCCUPANCY,
    "QuarterHourTableName": QUARTERS,
    "StoreTableName": STORES,
    "HistoryBucketName": HISTORY,
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """With the smallest shop alone: moto takes its time."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr("infra.local.past.writing.chain", lambda first: chain(first)[2:])
    with new_cloud() as cloud, world_in(cloud) as world:
        yield world


def test_the_truth_is_written_on_request_only_and_never_into_the_cloud(world: World, tmp_path: Path) -> None:
    told: list[str] = []
    fulfil(PastRequest(timedelta(days=1), seed=1, truth=tmp_path / "truth.json"), OUTPUTS, NOW, told.append)
    assert [path.name for path in tmp_path.iterdir()] == ["truth.json"]
    quarters = json.loads((tmp_path / "truth.json").read_text())["quarters"]
    roll_ups = {(quarter.store_id, quarter.start) for quarter in world.roll_ups()}
    assert len(quarters) == len(roll_ups) > 30
    assert sum(quarter["people"] for quarter in quarters) > 50
    assert told[0] == "writing the history"
    assert told[-1] == "writing the history: 100 %"
    keys = [entry["Key"] for entry in world.s3.list_objects_v2(Bucket=HISTORY)["Contents"]]
    assert not [key for key in keys if "truth" in key]


def test_a_truth_that_cannot_be_written_is_one_sentence_and_leaves_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.past.writing.chain", lambda _: ())
    folder = tmp_path / "truth.json"
    folder.mkdir()
    with pytest.raises(TruthNotWritten, match=r"truth cannot be written to .*truth\.json: Is a directory"):
        fulfil(PastRequest(timedelta(days=1), truth=folder), OUTPUTS, NOW, lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["truth.json"]
    assert world.rows() == []
