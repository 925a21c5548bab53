"""Spool -> KVS: how a connection ends before its time, and what is said of it."""

from ingest.errors import OccupancyError
from ingest.gateway.uplink.refusals import waiting


class Silence(OccupancyError):
    """KVS does not answer."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"KVS has acknowledged nothing for {seconds:.0f} s; what was on its way is sent again"
        )


class Refused(OccupancyError):
    """KVS ended the connection with an ERROR."""


class Cut(OccupancyError):
    """KVS ended the connection without a word."""

    def __init__(self) -> None:
        super().__init__("KVS ended the connection before its time; what was on its way is sent again")


def why(error: Exception) -> str:
    """What ended it, in a sentence that says what becomes of the video."""
    if isinstance(error, TimeoutError):
        return "KVS does not answer; what comes waits in the spool"
    return str(error) if isinstance(error, Silence | Refused | Cut) else waiting(error)
