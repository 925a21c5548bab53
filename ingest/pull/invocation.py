"""An invocation's turn at a camera."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Invocation:
    """Who pulls, when it began, how long the lease is to last, and whether time is left."""

    owner: str
    now: datetime
    lease: timedelta
    time_left: Callable[[], bool]
