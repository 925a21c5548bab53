"""The throttle of the APIs: points that a stream, or a kind of call, may use in a second."""

from typing import Protocol

from infra.local.kvs.service.errors import ClientLimitExceededException


class Throttled(Protocol):
    """Whose points they are; hashable."""

    @property
    def name(self) -> str:
        """For the sentence of a refusal."""


class TokenBuckets:
    """A bucket for each of them, full at first, that refills at the rate of its capacity per second."""

    def __init__(self) -> None:
        self._left: dict[Throttled, tuple[float, float]] = {}

    def take(self, whose: Throttled, points: int, capacity: int, now: float) -> None:
        """Raises ClientLimitExceededException where `points` are more than are left.

        A single call may always use a full bucket, whatever it asks for: the API allows it.
        """
        left, at = self._left.get(whose, (float(capacity), now))
        left = min(float(capacity), left + max(0.0, now - at) * capacity)
        wanted = min(points, capacity)
        if wanted > left:
            self._left[whose] = left, now
            raise ClientLimitExceededException(
                f"Rate exceeded for {whose.name}: {points} points asked for, {int(left)} left of "
                f"{capacity} a second."
            )
        self._left[whose] = left - wanted, now
