"""The whole chain in one process: cameras, KVS, the deployed handlers, rows, verdict."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from infra.local.demo.run import run
from infra.local.demo.settings import Settings
from infra.local.demo.snapshot import Snapshot
from infra.local.journal import journal
from infra.local.rekognition.detectors.hog import HogDetector
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from infra.local.simulated_store.deeplens_unit import SimulatedUnit
from ingest.frames.messages import GapReason
from ingest.registry.camera import Mode

ENOUGH = 8  # rows


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a stream must be silent before the pull has caught up with it."""
    monkeypatch.setattr("ingest.kvs.readers.QUIET_SECONDS", 1.0)


def _run(path: Path, settings: Settings, show: Callable[[Snapshot], None]) -> Snapshot:
    with journal(path / "functions.jsonl"):
        return run(replace(settings, tick=timedelta(seconds=0.5), refresh=0.2), show)


def test_until_ctrl_c_every_due_instant_is_counted_in_each_mode_and_nothing_is_left(tmp_path: Path) -> None:
    shown: list[str] = []

    def show(snapshot: Snapshot) -> None:
        shown.append(snapshot.what)
        if snapshot.what == "counting" and sum(score.rows for score in snapshot.scores) >= ENOUGH:
            raise KeyboardInterrupt

    cameras = [SimulatedCamera(mode.value, seed=1) for mode in Mode]
    modes = {mode.value: mode for mode in Mode}
    end = _run(tmp_path, Settings(cameras, HogDetector(), modes, [SimulatedUnit("unit", seed=1)]), show)
    assert end.broken == ()
    assert [score.camera_id for score in end.scores] == [*Mode, "unit"]
    assert list(end.modes.values()) == [*Mode, "push"]
    assert sum(score.rows for score in end.scores) >= ENOUGH
    assert all(score.counted == score.compared for score in end.scores)
    # A busy machine leaves frames out: there GetImages finds no picture.
    assert {reason for score in end.scores for reason in score.gaps} <= {GapReason.NO_MEDIA}
    assert all(score.roll_ups >= 1 for score in end.scores)
    # The pictures are those of the hour: a detector may be wrong once, and on a busy machine, on which more
    # rows are due until the end, at the same rate.
    counted = sum(score.counted for score in end.scores)
    wrong = counted - sum(score.equal for score in end.scores)
    assert wrong <= max(1, counted // ENOUGH)
    assert end.waiting.in_bucket == end.waiting.dead_letters == 0
    assert (
        "History: 1 day file with 1 quarter hour of cameras, compared with the roll-ups and" in end.compared
    )
    assert end.compared.endswith("the file of that day had 0 of 18 instants counted, and now has 1.")
    assert list(dict.fromkeys(shown))[:5] == [
        "starting the local cloud", "provisioning the stack store-occupancy",
        "waiting for video", "counting", "ending",
    ]  # fmt: skip
    counted, rows = (sum(getattr(score, name) for score in end.scores) for name in ("counted", "rows"))
    assert f"{counted} of {rows} instants were counted" in end.page
    # With gaps, and no days before, the mean is unknown.
    assert re.search(
        r"<strong>[\d.]+</strong> people on average|People on average: (pending|unknown): ", end.page
    )
    assert '"_aws"' in (tmp_path / "functions.jsonl").read_text()


def test_through_the_gateway_every_due_instant_is_counted_too(tmp_path: Path) -> None:
    def show(snapshot: Snapshot) -> None:
        shown.append(snapshot)
        if snapshot.what == "counting" and all(score.rows for score in snapshot.scores):
            raise KeyboardInterrupt

    shown: list[Snapshot] = []
    modes = {mode.value: mode for mode in Mode}
    settings = Settings(
        [SimulatedCamera(mode.value, seed=1) for mode in Mode],
        HogDetector(),
        modes,
        gateway=True,
        snapshots=[SnapshotCamera("stockroom", seed=1)],
        sample_every=4,  # a busy machine's picture may take a second or two
    )
    end = _run(tmp_path, settings, show)
    assert end.broken == ()
    assert end.warnings == ()
    assert end.modes == {mode.value: f"rtsp, {mode}" for mode in Mode} | {"stockroom": "http, push"}
    assert all(score.rows > 0 for score in end.scores)
    assert {score.camera_id for score in end.scores if score.counted} == {*modes, "stockroom"}
    assert sum(score.equal for score in end.scores) >= sum(score.compared for score in end.scores) - 1
    assert end.waiting.in_bucket == end.waiting.dead_letters == 0


def test_frames_deleted_before_their_rows_break_it(tmp_path: Path) -> None:
    settings = Settings([SimulatedCamera("till")], HogDetector(), seconds=4, fault="delete-before-write")
    end = _run(tmp_path, settings, lambda _: None)
    assert any("deleted before" in sentence for sentence in end.broken)
    assert sum(score.rows for score in end.scores) > 0
