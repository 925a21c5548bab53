"""The cameras of a shop in the local cloud, and the fragments that their streams contain."""

from datetime import UTC, datetime
from itertools import pairwise

import boto3

from infra.local.cloud import LocalCloud
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from ingest.times import to_millis

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def register(cloud: LocalCloud, name: str, stream: str | None = None, *, push: bool = False) -> None:
    """Register a camera, with a new stream unless `stream` names an existing one."""
    if push:
        cloud.registry.add(Camera(name, "shop", SINCE, Source.PUSH, sampling=Sampling(sample_every=2)))
        return
    cloud.registry.add(Camera(name, "shop", SINCE, stream_name=stream or name))
    if stream is None:
        boto3.client("kinesisvideo").create_stream(StreamName=name, DataRetentionInHours=24)


def kept(stream: str) -> list[int]:
    """Producer times of the fragments in a stream, in ms, without duplicates."""
    endpoint = boto3.client("kinesisvideo").get_data_endpoint(StreamName=stream, APIName="LIST_FRAGMENTS")
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=endpoint["DataEndpoint"])
    pages = archive.get_paginator("list_fragments").paginate(StreamName=stream)
    fragments = (fragment for page in pages for fragment in page["Fragments"])
    return sorted({to_millis(fragment["ProducerTimestamp"]) for fragment in fragments})


def is_whole(times: list[int]) -> bool:
    """Whether no fragment is missing, for a camera with a keyframe a second."""
    return all(900 <= after - before <= 1100 for before, after in pairwise(times))
