"""The closing's last step: the history of days that are over, as far as their cameras are closed."""

from collections.abc import Iterable
from concurrent.futures import Executor
from datetime import datetime

from counter.closing.camera import CameraClosing, ClosingDependencies
from counter.history.day import HistoryDependencies
from counter.history.plan import CameraProgress
from counter.history.run import HistoryResult, HistoryRun, write_history
from ingest.registry.camera import Camera, InvalidCamera


def write(
    dependencies: ClosingDependencies,
    closings: Iterable[CameraClosing],
    invalid: Iterable[InvalidCamera],
    threads: Executor,
    now: datetime,
) -> HistoryResult:
    """Write the days that are due or marked. Raises AWS_FAILURES if the stores cannot be listed."""
    cameras: dict[str, CameraProgress] = {}
    by_store: dict[str, list[Camera]] = {}
    for closing in closings:
        camera = closing.registered.camera
        cameras[camera.camera_id] = CameraProgress(camera.camera_id, camera.store_id, closing.recorded_until)
        by_store.setdefault(camera.store_id, []).append(camera)
    for error in invalid:
        cameras[error.camera_id] = CameraProgress(error.camera_id, error.store_id, None)
    run = HistoryRun(
        HistoryDependencies(dependencies.table, dependencies.marks, dependencies.history),
        dependencies.stores,
        now,
        dependencies.out_of_time,
        cameras,
        by_store,
    )
    return write_history(run, threads)
