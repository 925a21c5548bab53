"""Spool -> KVS: why a connection ended early, and the sentence that says so."""

from ingest.errors import OccupancyError
from ingest.gateway.uplink.refusals import waiting


class Silence(OccupancyError):
    """KVS does not answer."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"KVS has acknowledged nothing for {seconds:.0f} s; fragments in flight are sent again"
        )


class Refused(OccupancyError):
    """KVS ended the connection with an ERROR acknowledgement."""


class Cut(OccupancyError):
    """KVS ended the connection without an ERROR acknowledgement."""

    def __init__(self) -> None:
        super().__init__("KVS ended the connection early; fragments in flight are sent again")


def why(error: Exception) -> str:
    """What ended the connection, and what happens to the video, in one sentence."""
    if isinstance(error, TimeoutError):
        return "KVS does not answer; new data waits in the spool"
    return str(error) if isinstance(error, Silence | Refused | Cut) else waiting(error)
