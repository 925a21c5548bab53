"""DescribeStream: whether a stream can be read, and its retention."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ingest.aws.failures import member
from ingest.kvs.endpoints import StreamUnavailable, no_retention, unavailable
from ingest.kvs.known_streams import RETENTION, KnownStreams
from ingest.kvs.throttling import ACCOUNT_WAITS, waiting_out_throttle

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

_READABLE = ("ACTIVE", "UPDATING")


class Streams:
    """The retention of the account's streams. Threads may share it."""

    def __init__(
        self,
        kinesisvideo: "KinesisVideoClient",
        known: KnownStreams | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._kinesisvideo = kinesisvideo
        self._known = known or KnownStreams()
        self._sleep = sleep

    def retention(self, stream_name: str) -> timedelta:
        """How long the stream keeps its video; 0 without an archive.

        A change is noticed within RETENTION_GOOD_FOR. Waits while KVS throttles. Raises StreamUnavailable if
        the stream cannot be read.
        """
        hours = self._known.answer(stream_name, RETENTION)
        if not isinstance(hours, int):
            hours = self._ask(stream_name)
            self._known.keep(stream_name, RETENTION, hours)
        return timedelta(hours=hours)

    def archive_retention(self, stream_name: str) -> timedelta:
        """As `retention`, but raises StreamUnavailable also for a stream without an archive."""
        if not (retention := self.retention(stream_name)):
            raise no_retention(stream_name)
        return retention

    def _ask(self, stream_name: str) -> int:
        try:
            info = waiting_out_throttle(
                lambda: member(self._kinesisvideo.describe_stream(StreamName=stream_name), "StreamInfo"),
                ACCOUNT_WAITS,
                self._sleep,
            )
        except ClientError as error:
            raise unavailable(stream_name, error) from None
        status = info.get("Status", "ACTIVE")
        if status not in _READABLE:
            raise StreamUnavailable(stream_name, status, f"its status is {status}")
        return int(info.get("DataRetentionInHours", 0))
