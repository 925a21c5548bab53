"""Opens a listening socket on 127.0.0.1, or says in one sentence why it cannot."""

import socket

from ingest.errors import OccupancyError


class PortInUse(OccupancyError, OSError):
    """The port cannot be bound."""


def listen(port: int) -> socket.socket:
    """Listen on a port; 0 takes a free one. Connections wait until they are accepted. Raises PortInUse."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"port {port} of 127.0.0.1 cannot be used ({error.strerror}): choose another"
        ) from None
    return listener
