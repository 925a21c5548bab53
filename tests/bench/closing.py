"""A run of the closing with 10 to 10,000 cameras, over stubs: DynamoDB 5 ms, S3 20 ms a call.

The ordinary case (three frames of each camera are counted, nothing is missing) and the worst (no frame came:
every instant becomes a gap).
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from counter.closing.camera import ClosingDependencies
from counter.closing.handler import WORKERS
from counter.closing.run import run
from counter.history.bucket import HistoryBucket
from counter.rows.items import row_to_item
from counter.rows.occupancy import Row
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from ingest.aws.dynamodb import to_item
from ingest.frames.bucket import FrameBucket
from ingest.registry.camera import Camera
from ingest.registry.items import settings_item
from ingest.registry.table import CameraRegistry
from ingest.times import QUARTER_HOUR, to_text
from tests.bench._stubs import Stubs

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW = START + 2 * QUARTER_HOUR


def main() -> None:
    """Print the table."""
    print("cameras  case      wall s   CPU s  CPU ms/camera  calls/camera  gaps  overdue")
    for count in (10, 100, 1_000, 10_000):
        for case in ("counted", "missing"):
            stubs = Stubs({"dynamodb": 0.005, "s3": 0.020})
            dependencies = _dependencies(stubs, count, counted=case == "counted")
            wall, cpu = time.perf_counter(), time.process_time()
            with ThreadPoolExecutor(WORKERS) as threads:
                result = run(dependencies, threads, NOW)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            calls = sum(stubs.calls.values()) / count
            print(
                f"{count:7}  {case}  {wall:7.2f} {cpu:7.2f}  {cpu / count * 1000:13.2f}  {calls:12.2f}"
                f"  {result.gaps.total():4}  {result.overdue:7}"
            )


def _dependencies(stubs: Stubs, count: int, *, counted: bool) -> ClosingDependencies:
    dynamodb = stubs.client("dynamodb")
    for number in range(count):
        camera = Camera(f"camera-{number}", "store", START - timedelta(days=1))
        values = {"CameraId": camera.camera_id, "Revision": 1, "ClosedUntil": to_text(START)}
        stubs.tables["cameras"][camera.camera_id] = {"": settings_item(camera) | to_item(values)}
        rows = [_row(camera, START + timedelta(minutes=minute)) for minute in (0, 5, 10)] if counted else []
        stubs.tables["occupancy"][camera.camera_id] = {to_text(row.instant): row_to_item(row) for row in rows}
    return ClosingDependencies(
        CameraRegistry(dynamodb, "cameras"),
        OccupancyTable(dynamodb, "occupancy", "quarters"),
        StoreTable(dynamodb, "stores"),
        MarkTable(dynamodb, "stores"),
        FrameBucket(stubs.client("s3"), "frames"),
        HistoryBucket(stubs.client("s3"), "history"),
        timedelta(days=400),
        lambda: False,
    )


def _row(camera: Camera, instant: datetime) -> Row:
    return Row(
        camera_id=camera.camera_id,
        instant=instant,
        store_id=camera.store_id,
        area=camera.area,
        sample_every=300,
        source=camera.source,
        expires_at=instant + timedelta(days=400),
        count=2,
    )
