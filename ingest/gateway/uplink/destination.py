"""Spool -> KVS: the endpoint of each stream, and the credentials to send with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.credentials import ReadOnlyCredentials

from ingest.aws.failures import member
from ingest.errors import OccupancyError
from ingest.kvs.put_media import PutMediaTarget

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_kinesisvideo import KinesisVideoClient

CHECK_SECONDS = 60.0
"""How often botocore is asked for credentials. It renews them 10 to 15 minutes before they expire."""


class NoCredentials(OccupancyError):
    """No AWS credentials are configured."""

    def __init__(self) -> None:
        super().__init__(
            "no AWS credentials were found: see docs/gateway.md for short-lived ones, or set AWS_PROFILE"
        )


@dataclass(frozen=True)
class Place:
    """Where a stream's media goes; `retention` says whether the stream keeps data."""

    target: PutMediaTarget
    retention: bool


class Destination:
    """The account's streams, for all publishers. Endpoints are looked up once, and after each failure."""

    def __init__(
        self,
        kinesisvideo: "KinesisVideoClient",
        credentials: "Credentials | None",
        monotonic: Callable[[], float],
    ) -> None:
        self._kinesisvideo = kinesisvideo
        self._credentials = credentials
        self._monotonic = monotonic
        self._endpoints: dict[str, tuple[str, bool]] = {}
        self._frozen: tuple[float, ReadOnlyCredentials] | None = None

    async def place(self, stream_name: str) -> Place:
        """Where to send now. Raises NoCredentials, ClientError and BotoCoreError."""
        credentials = await self.credentials()  # first: boto3's own error does not say how to get some
        if stream_name not in self._endpoints:
            self._endpoints[stream_name] = await asyncio.to_thread(self._look_up, stream_name)
        endpoint, retention = self._endpoints[stream_name]
        region = self._kinesisvideo.meta.region_name
        return Place(PutMediaTarget(endpoint, stream_name, region, credentials), retention)

    def forget(self, stream_name: str) -> None:
        """Note a failure: the next call looks up the endpoint and gets the credentials again."""
        self._endpoints.pop(stream_name, None)
        self._frozen = None

    async def credentials(self) -> ReadOnlyCredentials:
        """The credentials to sign with now; they change when botocore renews them. Raises NoCredentials."""
        now = self._monotonic()
        if self._frozen is None or now - self._frozen[0] > CHECK_SECONDS:
            if self._credentials is None:
                raise NoCredentials
            self._frozen = now, await asyncio.to_thread(self._credentials.get_frozen_credentials)
        return self._frozen[1]

    def _look_up(self, stream_name: str) -> tuple[str, bool]:
        answer = self._kinesisvideo.get_data_endpoint(StreamName=stream_name, APIName="PUT_MEDIA")
        info = member(self._kinesisvideo.describe_stream(StreamName=stream_name), "StreamInfo")
        return member(answer, "DataEndpoint"), bool(info.get("DataRetentionInHours"))
