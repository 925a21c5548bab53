"""Camera -> packets: how long to let a camera's video wait in the socket, to read it at once. Pure.

Over TCP, FFmpeg is woken for each piece of each frame, which costs more than reading it. A reader that pauses
for a moment finds several frames, and loses nothing: what TCP does not hold, the camera holds.
"""

PAUSE_SECONDS = 0.2
PAUSE_BYTES = 100_000
"""About what arrives in a pause: less than the receive buffer that Linux begins with (tcp_rmem, 128 KiB)."""
READ_MS = 250
"""Between two pauses: more than a pause lasts, so that a reader that is behind catches up."""
READ_IN_VAIN_MS = 5_000
"""After a pause in which nothing arrived: the camera has few frames, or the machine is busy."""
WAITED_SECONDS = 0.005
"""A read that took so long had to wait, so nothing else was there to read."""


class ReadCoalescing:
    """Decides after each packet of one camera, in their order."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self._bytes = 0
        self._found_more = True

    def pause(self, own_ms: int, size: int, waited: float) -> float:
        """How long to pause after this packet, in s.

        The packet has the time `own_ms` on its camera's clock and `size` bytes; the reader waited `waited` s
        for it. What was read since the last pause is measured with the camera's clock: with ours, a slow
        machine would never catch up.
        """
        if self._since_ms is None or own_ms < self._since_ms:
            self._since_ms, self._bytes = own_ms, 0
        self._bytes += size
        if waited < WAITED_SECONDS:
            self._found_more = True
            return 0
        read_ms = own_ms - self._since_ms
        if read_ms < (READ_MS if self._found_more else READ_IN_VAIN_MS):
            return 0
        pause = min(PAUSE_SECONDS, PAUSE_BYTES * read_ms / 1000 / max(1, self._bytes))
        self._since_ms, self._bytes, self._found_more = own_ms, 0, False
        return pause
