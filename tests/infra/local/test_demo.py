"""The whole chain in one process: cameras, KVS, the deployed handlers, rows, verdict."""

from pathlib import Path

from infra.local.demo import Settings, Standing, run
from infra.local.journal import journal
from infra.local.rekognition.hog import HogDetector
from infra.local.store.simulated import SimulatedCamera

SECONDS = 8.0


def _run(path: Path, fault: str | None = None) -> tuple[Standing, list[str]]:
    shown: list[str] = []
    cameras = [SimulatedCamera("entrance", seed=1), SimulatedCamera("aisle", seed=1)]
    settings = Settings(cameras, HogDetector(), seconds=SECONDS, fault=fault)
    with journal(path / "functions.jsonl"):
        return run(settings, lambda standing: shown.append(standing.what)), shown


def test_every_due_instant_is_counted_and_nothing_is_left(tmp_path: Path) -> None:
    end, shown = _run(tmp_path)
    assert end.broken == ()
    assert [score.camera_id for score in end.scores] == ["entrance", "aisle"]
    for score in end.scores:
        assert score.rows >= SECONDS // 2 - 1
        assert score.counted == score.equal == score.rows
        assert score.roll_ups >= 1
    assert end.waiting.in_bucket == end.waiting.dead_letters == 0
    assert list(dict.fromkeys(shown))[:3] == ["waiting for video", "counting", "ending"]
    assert '"_aws"' in (tmp_path / "functions.jsonl").read_text()


def test_frames_deleted_before_their_rows_break_it(tmp_path: Path) -> None:
    end, _ = _run(tmp_path, fault="delete-before-write")
    assert any("deleted before" in sentence for sentence in end.broken)
