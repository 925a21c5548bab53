"""A simulated past: what it takes to make a week of 20 cameras, down to its day files."""

import time
from datetime import UTC, date, datetime, timedelta
from statistics import median

from counter.history.files import pack, quarters_file
from infra.local.past.chain import wide_shop
from infra.local.past.days import PastSettings, past_day

CAMERAS = 20
FIRST = date(2026, 11, 2)
DAYS = 7
SETTINGS = PastSettings(datetime(2026, 11, 30, tzinfo=UTC))
INTERVALS = (300, 60)
ROUNDS = 3


def main() -> None:
    """Print a line for each sample interval."""
    for every in INTERVALS:
        print(f"every {every} s: {_week(every)}", flush=True)


def _week(sample_every: int) -> str:
    shop = wide_shop(CAMERAS, FIRST, sample_every)
    took, size, rows, people, lines = [], 0, 0, 0, 0
    for round_ in range(ROUNDS):
        started = time.process_time()
        for number in range(DAYS):
            made = past_day(shop, FIRST + timedelta(days=number), SETTINGS)
            packed = pack(quarters_file(made.lines))
            if round_ == 0:
                size, lines, rows = size + len(packed), lines + len(made.lines), rows + len(made.rows)
                people += sum(len(row.people) for row in made.rows)
        took.append(time.process_time() - started)
    return (
        f"{median(took):.1f} s of CPU for {rows} rows with {people} people,"
        f" {lines} lines in {size / 1e3:.0f} KB"
    )
