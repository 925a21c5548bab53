"""The throttle of the APIs: token buckets, which a stream or a kind of call draws from."""

from typing import Protocol

from infra.local.kvs.service.errors import ClientLimitExceededException


class Throttled(Protocol):
    """What a bucket belongs to; hashable."""

    @property
    def name(self) -> str:
        """Its name in the error message."""


class TokenBuckets:
    """A bucket for each owner. It starts full and refills at its capacity per second."""

    def __init__(self) -> None:
        self._left: dict[Throttled, tuple[float, float]] = {}

    def take(self, owner: Throttled, tokens: int, capacity: int, now: float) -> None:
        """Take tokens out of the bucket of `owner`. Raises ClientLimitExceededException if too few are left.

        A call that needs more than the capacity takes a full bucket, as in AWS.
        """
        left, at = self._left.get(owner, (float(capacity), now))
        left = min(float(capacity), left + max(0.0, now - at) * capacity)
        needed = min(tokens, capacity)
        if needed > left:
            self._left[owner] = left, now
            raise ClientLimitExceededException(
                f"Rate exceeded for {owner.name}: {tokens} requested, {int(left)} left of "
                f"{capacity} per second."
            )
        self._left[owner] = left - needed, now
