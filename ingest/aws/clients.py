"""How we call AWS: one policy for all our clients.

botocore waits 60 s for a connection and 60 s for each answer, with five attempts. Our functions have 60 to
900 s, and an AWS that works answers in well under a second. So a call without an answer is given up after
seconds and tried again, and all its attempts together end within the shortest function's time-out.
"""

from typing import Literal

from botocore.config import Config

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
ATTEMPTS = 4
WORST_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS)
"""A call to a service that never answers, without the waits between attempts (which botocore draws at random,
1, 2 and 4 s at most)."""


def client_config(
    connections: int = 10,
    *,
    read_seconds: float = READ_SECONDS,
    attempts: int = ATTEMPTS,
    mode: Literal["standard", "adaptive"] = "standard",
) -> Config:
    """The configuration of a boto3 client.

    `connections`: calls at the same time (botocore's default is 10). `read_seconds`: longer where the service
    works for a long time before its first byte, or the line is slow. `attempts`: 1 for a paid call.
    `mode`: `adaptive` slows down when the service throttles.
    """
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        max_pool_connections=connections,
        retries={"mode": mode, "total_max_attempts": attempts},
    )


def operator_config() -> Config:
    """The same for the operator's commands, except that AWS_MAX_ATTEMPTS and AWS_RETRY_MODE are respected."""
    return Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
