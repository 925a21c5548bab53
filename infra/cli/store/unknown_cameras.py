"""Which cameras neither the registry nor the history of a store knows: most likely misspelt names."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from counter.history.bucket import HistoryBucket
from counter.history.files import DamagedFile, read_quarters, unpack
from counter.history.keys import quarters_key
from infra.cli.aws.deployment import Deployment

READERS = 8


def unknown_cameras(
    deployment: Deployment, store_id: str, days: Sequence[date], cameras: Collection[str]
) -> list[str]:
    """Those that are not in the registry, in no roll-up of the store and in no file of the days, by name.

    The files are read only if a camera is in neither of the others; a damaged one knows nobody. Raises
    AWS_FAILURES.
    """
    registered = deployment.registry.get_many(cameras)
    left = {
        camera_id
        for camera_id in cameras
        if camera_id not in registered and deployment.occupancy.first_quarter(camera_id, store_id) is None
    }
    if left:
        left -= _in_files(deployment, store_id, days)
    return sorted(left)


def _in_files(deployment: Deployment, store_id: str, days: Sequence[date]) -> set[str]:
    bucket = deployment.history_bucket
    with ThreadPoolExecutor(READERS) as threads:
        keys = [quarters_key(day, store_id) for day in days]
        return set().union(*threads.map(lambda key: _in_file(bucket, key), keys))


def _in_file(bucket: HistoryBucket, key: str) -> set[str]:
    stored = bucket.get(key)
    if stored is None:
        return set()
    try:
        return {line.camera for line in read_quarters(key, unpack(key, stored.packed))}
    except DamagedFile:
        return set()
