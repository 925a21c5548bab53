"""The archived APIs' throttle: points that each stream may use in a second."""

from infra.local.kvs.errors import ClientLimitExceededException
from infra.local.kvs.streams import Stream


class Points:
    """A bucket per stream, full at first, that refills at the rate of its capacity per second."""

    def __init__(self) -> None:
        self._left: dict[Stream, tuple[float, float]] = {}

    def take(self, stream: Stream, points: int, capacity: int, now: float) -> None:
        """Raises ClientLimitExceededException where the stream does not have `points` left.

        A single call may always use a full bucket, whatever it asks for: the API allows it.
        """
        left, at = self._left.get(stream, (float(capacity), now))
        left = min(float(capacity), left + max(0.0, now - at) * capacity)
        wanted = min(points, capacity)
        if wanted > left:
            self._left[stream] = left, now
            raise ClientLimitExceededException(
                f"Rate exceeded for the stream {stream.name}: {points} points asked for, {int(left)} left of "
                f"{capacity} a second."
            )
        self._left[stream] = left - wanted, now
