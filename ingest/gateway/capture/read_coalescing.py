"""Camera -> packets: how long to let a camera's video gather in the socket, to read it in one go. Pure.

Over TCP, FFmpeg is woken for each piece of each frame, which costs more than to read it. A reader that stays
away for a moment finds several frames, and loses nothing: what TCP does not hold, the camera does.
"""

REST_SECONDS = 0.2
REST_BYTES = 100_000
"""What gathers meanwhile, about: less than the receive buffer with which Linux begins (tcp_rmem, 128 KiB)."""
READ_MS = 250
"""Between two rests: more than a rest lasts, so that a reader that is behind catches up."""
READ_IN_VAIN_MS = 5_000
"""After a rest in which nothing gathered: the camera has few frames, or the machine no time to spare."""
WAITED_SECONDS = 0.005
"""A read that took so long had to wait, so there is nothing else to read."""


class ReadCoalescing:
    """For the packets of one camera, in their order."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self._bytes = 0
        self._gathered = True

    def rest(self, own_ms: int, size: int, waited: float) -> float:
        """How long to stay away, in s, now that this packet has been read.

        It is of `own_ms` by its camera, has `size` bytes, and was waited for `waited` s. What was read since
        the last rest is measured by the camera's clock: by ours, a slow machine would never catch up.
        """
        if self._since_ms is None or own_ms < self._since_ms:
            self._since_ms, self._bytes = own_ms, 0
        self._bytes += size
        if waited < WAITED_SECONDS:
            self._gathered = True
            return 0
        read_ms = own_ms - self._since_ms
        if read_ms < (READ_MS if self._gathered else READ_IN_VAIN_MS):
            return 0
        rest = min(REST_SECONDS, REST_BYTES * read_ms / 1000 / max(1, self._bytes))
        self._since_ms, self._bytes, self._gathered = own_ms, 0, False
        return rest
