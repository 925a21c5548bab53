"""Camera -> KVS: when a packet was taken. Pure.

A camera may have no clock at all, and its clock may jump. So its own time line is anchored to the wall clock
once for each connection, and stays there while it keeps time.
"""

from collections import deque

AHEAD_MS = 1_000
"""No packet arrives before it was taken: one that does, by more, shows a wrong anchor or a jump."""
BEHIND_MS = 1_500
BEHIND_FOR_MS = 10_000
"""A network may delay packets for a while; those of a camera with a slow clock stay late."""
JUMP_MS = 10_000
BACK_MS = 2_000
"""Further back than any B-frame."""


class PacketClock:
    """Puts the packets of one connection on the wall clock; the first one is the anchor."""

    def __init__(self) -> None:
        self._offset_ms: int | None = None
        self._latest_ms = self._late_ms = 0
        self._lateness: deque[tuple[int, int]] = deque()

    def time_ms(self, own_ms: int, arrived_ms: int, *, keyframe: bool = True) -> int | None:
        """The time of a packet that has just arrived and has the time `own_ms` on its camera's clock.

        None if another anchor is needed: at once if the camera's clock has jumped; with the next keyframe if
        the two time lines have drifted apart, so that every frame keeps its keyframe.
        """
        if self._offset_ms is None:
            self._offset_ms = arrived_ms - own_ms
            self._latest_ms = own_ms
        late_ms = arrived_ms - own_ms - self._offset_ms
        back_ms = self._latest_ms - own_ms
        self._latest_ms = max(self._latest_ms, own_ms)
        jumped = abs(late_ms) > JUMP_MS or back_ms > BACK_MS or jumped_ahead(self._late_ms, late_ms, 0)
        self._late_ms = late_ms
        apart = self._drifted(late_ms, arrived_ms) or late_ms < -AHEAD_MS
        return None if jumped or (apart and keyframe) else own_ms + self._offset_ms

    def _drifted(self, late_ms: int, arrived_ms: int) -> bool:
        """Whether even the fastest packet of the last seconds was late."""
        while self._lateness and self._lateness[-1][1] >= late_ms:
            self._lateness.pop()  # they rise: the first is the least
        self._lateness.append((arrived_ms, late_ms))
        while self._lateness[0][0] < arrived_ms - BEHIND_FOR_MS:
            self._lateness.popleft()
        return self._lateness[0][1] > BEHIND_MS


def jumped_ahead(before_ms: int, late_ms: int, quickest_ms: int) -> bool:
    """Whether the camera's clock jumped ahead: the lateness of the packet before, of this, of the fastest.

    A network that delays packets and then sends them all at once changes only their arrival.
    """
    return before_ms - late_ms > AHEAD_MS and late_ms < quickest_ms - AHEAD_MS
