"""The readers of the account's streams, over the clients of one boto3 session."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from ingest.aws.clients import client_config
from ingest.kvs.endpoints import DataEndpoints
from ingest.kvs.fragments import Archive
from ingest.kvs.images import Images
from ingest.kvs.known_streams import KnownStreams
from ingest.kvs.media import Media
from ingest.kvs.streams import Streams

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient
    from mypy_boto3_kinesis_video_media import KinesisVideoMediaClient

READ_SECONDS = 30.0
"""KVS decodes images and collects fragments before it sends the first byte of its answer."""
ATTEMPTS = 3
QUIET_SECONDS = 5.0
"""After this silence on a GetMedia connection, the stream counts as read. MILLIS_BEHIND_NOW cannot tell:
delayed video arrives in a burst, so none of it is far behind the newest."""


@dataclass(frozen=True)
class Readers:
    """One reader for each API, and what they know about the streams. Threads may share it."""

    streams: Streams
    archive: Archive
    images: Images
    media: Media
    known: KnownStreams


def readers(session: boto3.Session, connections: int, sleep: Callable[[float], None] = time.sleep) -> Readers:
    """The readers of the session's account, with `connections` to each host.

    A stream's calls are limited, so botocore makes few attempts itself. GetImages is paid for: one attempt.
    """
    config = client_config(connections, read_seconds=READ_SECONDS, attempts=ATTEMPTS)
    kinesisvideo = session.client("kinesisvideo", config=config)
    once = client_config(connections, read_seconds=READ_SECONDS, attempts=1)
    live_config = client_config(connections, read_seconds=QUIET_SECONDS, attempts=ATTEMPTS)

    def archived(settings: Config) -> "Callable[[str], KinesisVideoArchivedMediaClient]":
        return lambda endpoint: session.client(
            "kinesis-video-archived-media", endpoint_url=endpoint, config=settings
        )

    def live(endpoint: str) -> "KinesisVideoMediaClient":
        return session.client("kinesis-video-media", endpoint_url=endpoint, config=live_config)

    known = KnownStreams()
    return Readers(
        Streams(kinesisvideo, known, sleep),
        Archive(DataEndpoints(kinesisvideo, archived(config), sleep, known)),
        Images(DataEndpoints(kinesisvideo, archived(once), sleep, known)),
        Media(DataEndpoints(kinesisvideo, live, sleep, known)),
        known,
    )
