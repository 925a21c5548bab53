"""Intervals: how often they hold the truth, and how far off figures are, on simulated shops with gaps.

The shops are in tests/counter/analytics/shops.py. A line is a shop, 400 days for each share that is hidden.
`SEED=7 make bench ARGS=intervals` takes other days.
"""

import os

from tests.counter.analytics.shops import SHOPS
from tests.counter.analytics.trials import Outcome, Trial, day_trials, usual_trials

DAYS = 400
HISTORIES = 12
PAST = (24, 8)
SHARES = (0.1, 0.33, 0.6)
SEED = int(os.environ.get("SEED", "2026"))


def main() -> None:
    """Print a table for 24 past days, one for 8, and one for the usual week."""
    for past in PAST:
        print(f"\n{past} past days, {SHARES} hidden: cover, error/that of the counted mean, half-width/value")
        for name, shop in SHOPS.items():
            cells = [_cell(day_trials(shop, missing, DAYS, past=past, seed=SEED)) for missing in SHARES]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print("\nusual week of 8 weeks, a third of each third day hidden: hours, whole weekdays")
    for name, shop in SHOPS.items():
        if not shop.staff:  # whose expected number is not known
            hours, days = usual_trials(shop, HISTORIES, seed=SEED)
            unknown = Outcome.of(hours).unknown
            print(f"| {name} | {_cell(hours)}, unknown {unknown:.2f} | {_cell(days)} |", flush=True)


def _cell(trials: list[Trial]) -> str:
    found = Outcome.of(trials)
    return f"{found.cover:.3f}, {found.ratio:.2f}, {found.half_width:.2f}"
