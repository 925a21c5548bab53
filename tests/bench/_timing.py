"""How long a piece of work takes, as benchmarks state it."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 3


def median_cpu(work: Callable[[], object]) -> float:
    """The median of three rounds, in seconds of this process's CPU."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)
