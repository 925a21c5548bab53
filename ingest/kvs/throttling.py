"""KVS's throttling errors, which botocore does not know: the call is repeated after waits with jitter.

The quotas are those of the page "Amazon Kinesis Video Streams service quotas": the quota of a data API
applies to each stream, that of DescribeStream and GetDataEndpoint to the account.
"""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from botocore.exceptions import ClientError

from ingest.aws.failures import code_of

Answer = TypeVar("Answer")

THROTTLED = "ClientLimitExceededException"
ALL_CONNECTIONS = "ConnectionLimitExceededException"
THROTTLES = frozenset({THROTTLED, ALL_CONNECTIONS})

STREAM_WAITS = (0.5, 1.0, 2.0)
"""Seconds, for a quota that a stream's few readers share."""
ACCOUNT_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds, for a quota that all cameras share. Thousands of calls at once are answered within these waits."""


def waiting_out_throttle(
    call: Callable[[], Answer], waits: Sequence[float], sleep: Callable[[float], None]
) -> Answer:
    """The answer of a call that is repeated after each wait while KVS throttles it.

    Each wait is drawn from half to one and a half of its length. Raises what the last attempt raises.
    """
    for seconds in waits:
        try:
            return call()
        except ClientError as error:
            if code_of(error) not in THROTTLES:
                raise
            sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - spreads calls, keeps no secret
    return call()
