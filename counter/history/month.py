"""Joins the days of a closed month in one file: the bytes of the day files, one after the other."""

from concurrent.futures import Executor

from counter.history.bucket import HistoryBucket, Overtaken, StoredFile
from counter.history.keys import Month, month_key, quarters_key
from counter.stores.calendar import DAY
from counter.stores.day_marks import JoinMark
from counter.stores.marks import MarkTable

DAYS = "days"
"""The metadata of a month file: `1` for each day that is in it, `0` for one that is not written."""
ATTEMPTS = 5


def join_month(bucket: HistoryBucket, marks: MarkTable, mark: JoinMark, threads: Executor) -> bool:
    """Join a month and remove its mark, which was read before; False if other closings were always faster."""
    month = Month.from_text(mark.month)
    for _ in range(ATTEMPTS):
        stored = bucket.get(month_key(month, mark.store_id))
        days = list(threads.map(bucket.get, _day_keys(month, mark.store_id)))
        try:
            _put(bucket, month_key(month, mark.store_id), days, stored)
        except Overtaken:
            continue
        marks.remove_join(mark)
        return True
    return False


def _day_keys(month: Month, store_id: str) -> list[str]:
    length = (month.next.first - month.first) // DAY
    return [quarters_key(month.first + number * DAY, store_id) for number in range(length)]


def _put(bucket: HistoryBucket, key: str, days: list[StoredFile | None], stored: StoredFile | None) -> None:
    packed = b"".join(day.packed for day in days if day is not None)
    metadata = {DAYS: "".join("0" if day is None else "1" for day in days)}
    if stored is None or stored.packed != packed or dict(stored.metadata) != metadata:
        bucket.put(key, packed, metadata, stored)
