"""DescribeStream: whether a stream can be read, and its retention."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ingest.kvs.endpoints import StreamUnavailable, no_retention, unavailable

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

FRESH = 300.0
"""Seconds for which an answer is reused: each pull needs it, and the account has 300 calls a second."""

_READABLE = ("ACTIVE", "UPDATING")


class Streams:
    """The retention of the account's streams. Threads may share it."""

    def __init__(
        self, kinesisvideo: "KinesisVideoClient", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._kinesisvideo = kinesisvideo
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, timedelta]] = {}

    def retention(self, stream_name: str) -> timedelta:
        """How long the stream keeps its video; 0 without an archive.

        A change is noticed within FRESH. Raises StreamUnavailable if the stream cannot be read.
        """
        asked, retention = self._known.get(stream_name, (-FRESH, timedelta()))
        if self._monotonic() - asked >= FRESH:
            retention = self._ask(stream_name)
            self._known[stream_name] = self._monotonic(), retention
        return retention

    def archive_retention(self, stream_name: str) -> timedelta:
        """As `retention`, but raises StreamUnavailable also for a stream without an archive."""
        if not (retention := self.retention(stream_name)):
            raise no_retention(stream_name)
        return retention

    def forget(self, stream_name: str) -> None:
        """Ask again next time: an answer of the stream contradicts what was known of it."""
        self._known.pop(stream_name, None)

    def _ask(self, stream_name: str) -> timedelta:
        try:
            info = self._kinesisvideo.describe_stream(StreamName=stream_name)["StreamInfo"]
        except ClientError as error:
            raise unavailable(stream_name, error) from None
        status = info.get("Status", "ACTIVE")
        if status not in _READABLE:
            raise StreamUnavailable(stream_name, status, f"its status is {status}")
        return timedelta(hours=info.get("DataRetentionInHours", 0))
