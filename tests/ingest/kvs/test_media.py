from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from math import inf

import boto3
import pytest
from botocore.config import Config

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from ingest.kvs import mkv
from ingest.kvs.endpoints import DataEndpoints
from ingest.kvs.media import Media, Silent
from ingest.kvs.video import Fragment
from ingest.times import to_millis
from tests.ingest.cloud import Clock, Cloud, at, live, number_of, put_bodies
from tests.ingest.video import fragment, grey


def test_it_begins_after_the_fragment_that_is_named(kvs: Cloud) -> None:
    kvs.publish("door", live(4), grey())
    media = kvs.dependencies().kvs.media.read("door", number_of(kvs, "door", 2))

    first = next(media)
    media.close()

    assert isinstance(first, Fragment)
    assert (first.producer_time, first.length) == (at(4), timedelta(seconds=1.96))


@pytest.fixture
def open_ended() -> Iterator[Media]:
    """The media of a KVS with a stopped clock: it never ends a connection for lack of media."""
    clock = Clock(at(0))
    with KvsServer({"testing": "testing"}, clock=clock, limits=Limits(clock_skew_seconds=inf)) as server:
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        kinesisvideo = session.client("kinesisvideo", endpoint_url=server.url)
        quiet = Config(read_timeout=0.3)
        client = session.client("kinesis-video-media", endpoint_url=server.url, config=quiet)
        kinesisvideo.create_stream(StreamName="hall", MediaType="video/h264")
        coded = grey()
        header = mkv.header([coded.track])
        put_bodies(server.url, "hall", [header + fragment(to_millis(at(2 * n)), coded) for n in range(3)])
        yield Media(DataEndpoints(kinesisvideo, lambda _: client))


def test_a_connection_that_stays_open_without_media_is_silent(open_ended: Media) -> None:
    fragments = open_ended.read("hall")

    parts = list(islice(fragments, 3))

    assert [part.producer_time for part in parts if isinstance(part, Fragment)] == [at(0), at(2), at(4)]
    with pytest.raises(Silent, match="nothing"):
        next(fragments)
