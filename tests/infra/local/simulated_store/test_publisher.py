"""Recorded and live publishing, against the local KVS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import numpy as np
import pytest
from botocore.credentials import ReadOnlyCredentials

from infra.local.kvs.server import KvsServer
from infra.local.simulated_store import publisher
from infra.local.simulated_store.cameras.media import Clock, Feed, UnopenableVideo
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.video import VideoSource, recording
from infra.local.simulated_store.publisher import Destination, StorePublisher
from infra.local.simulated_store.recorded import (
    PublishingFailed,
    publish,
    publish_pictures,
    publish_video,
    stills,
)
from ingest.kvs.put_media import ResourceNotFound
from tests.awaiting import await_that
from tests.infra.local.simulated_store.clocks import FastClock
from tests.infra.local.simulated_store.videos import make_video

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media.type_defs import FragmentTypeDef

KEY, SECRET = "AKIDLOCAL", "secret"
CREDENTIALS = ReadOnlyCredentials(KEY, SECRET, None)
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[KvsServer]:
    with KvsServer({KEY: SECRET}) as running:
        yield running


@dataclass(frozen=True)
class Kvs:
    """The service and its clients."""

    url: str
    destination: Destination

    def create(self, *names: str) -> None:
        for name in names:
            self.destination.kinesisvideo.create_stream(StreamName=name, DataRetentionInHours=24 * 3650)

    def fragments(self, name: str) -> list["FragmentTypeDef"]:
        """The fragments of a stream by producer time, oldest first."""
        client = boto3.client(
            "kinesis-video-archived-media",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        found = client.list_fragments(StreamName=name, MaxResults=1000)["Fragments"]
        return sorted(found, key=lambda fragment: fragment["ProducerTimestamp"])


@pytest.fixture
def kvs(server: KvsServer) -> Kvs:
    client = boto3.client(
        "kinesisvideo",
        endpoint_url=server.url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    return Kvs(server.url, Destination(client, CREDENTIALS))


def test_a_whole_video_in_its_own_time(kvs: Kvs, tmp_path: Path) -> None:
    kvs.create("whole")
    acks = publish_video(
        kvs.destination.target("whole"), str(make_video(tmp_path / "a.mp4", seconds=5)), START
    )
    assert [ack.event_type for ack in acks].count("PERSISTED") == 5
    fragments = kvs.fragments("whole")
    assert [fragment["ProducerTimestamp"] for fragment in fragments] == [
        START + timedelta(seconds=n) for n in range(5)
    ]
    assert {fragment["FragmentLengthInMilliseconds"] for fragment in fragments} == {900}


def test_pictures_are_fragments_of_one_frame(kvs: Kvs) -> None:
    kvs.create("pictures")
    times = [START + timedelta(milliseconds=1500 * n) for n in range(4)]
    pictures = [(np.full((90, 121, 3), 50 * n, np.uint8), time) for n, time in enumerate(times)]
    publish_pictures(kvs.destination.target("pictures"), pictures)
    fragments = kvs.fragments("pictures")
    assert [fragment["ProducerTimestamp"] for fragment in fragments] == times
    assert {fragment["FragmentLengthInMilliseconds"] for fragment in fragments} == {0}


def test_no_picture_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no picture"):
        stills([])


def test_a_refused_fragment_is_named(kvs: Kvs) -> None:
    kvs.create("backwards")
    black = np.zeros((90, 120, 3), np.uint8)
    feed = stills([(black, START), (black, START + timedelta(seconds=1))])
    backwards = Feed(feed.track, iter(sorted(feed.frames, key=lambda frame: -frame.time_ms)))
    with pytest.raises(PublishingFailed, match=r"'backwards' refused .*4004"):
        publish(kvs.destination.target("backwards"), backwards)


def test_an_unknown_stream(kvs: Kvs) -> None:
    kvs.create("gone")
    target = kvs.destination.target("gone")
    arn = kvs.destination.kinesisvideo.describe_stream(StreamName="gone")["StreamInfo"]["StreamARN"]
    kvs.destination.kinesisvideo.delete_stream(StreamARN=arn)
    with pytest.raises(ResourceNotFound):
        publish_pictures(target, [(np.zeros((90, 120, 3), np.uint8), START)])


@dataclass(frozen=True)
class PastCamera:
    """A camera whose feeds are in the past, each a minute after the previous one."""

    name: str
    path: Path
    opened: list[int]

    def feed(self, clock: Clock) -> Feed:
        self.opened.append(len(self.opened))
        return recording(str(self.path), round(START.timestamp() * 1000) + 60_000 * len(self.opened))

    def truth(self, time: float) -> None:
        """Unknown."""


@pytest.fixture
def past_camera(tmp_path: Path) -> Callable[[str], PastCamera]:
    path = make_video(tmp_path / "a.mp4")
    return lambda name: PastCamera(name, path, [])


def test_a_feed_that_ends_is_opened_again(kvs: Kvs, past_camera: Callable[[str], PastCamera]) -> None:
    kvs.create("again")
    with StorePublisher([past_camera("again")], kvs.destination) as running:
        await_that(lambda: running.received["again"] >= 9)
    assert running.errors == []
    starts = [fragment["ProducerTimestamp"] for fragment in kvs.fragments("again")][:9]
    assert starts == [START + timedelta(minutes=1 + n // 3, seconds=n % 3) for n in range(9)]


def test_one_bad_camera_stops_no_other(kvs: Kvs, past_camera: Callable[[str], PastCamera]) -> None:
    kvs.create("good")
    with StorePublisher([past_camera("streamless"), past_camera("good")], kvs.destination) as running:
        await_that(lambda: running.received["good"] >= 3 and len(running.errors) > 0)
    assert {error.camera for error in running.errors} == {"streamless"}
    assert "streamless" in running.errors[0].sentence
    assert running.received["streamless"] == 0


def test_a_connection_is_renewed_without_a_gap(
    kvs: Kvs, past_camera: Callable[[str], PastCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    kvs.create("renewed")
    monkeypatch.setattr(publisher, "RENEW_SECONDS", -1.0)  # every keyframe starts a new connection
    with StorePublisher([past_camera("renewed")], kvs.destination) as running:
        await_that(lambda: running.received["renewed"] >= 6)
    assert running.errors == []
    starts = [fragment["ProducerTimestamp"] for fragment in kvs.fragments("renewed")][:6]
    assert starts == [START + timedelta(minutes=1 + n // 3, seconds=n % 3) for n in range(6)]


def test_a_video_that_breaks_is_reported_and_tried_again(kvs: Kvs, tmp_path: Path) -> None:
    kvs.create("breaks")
    path = make_video(tmp_path / "a.mp4", seconds=1)
    with StorePublisher([VideoSource("breaks", str(path))], kvs.destination, clock=FastClock()) as running:
        await_that(lambda: running.received["breaks"] >= 1)
        path.unlink()
        await_that(lambda: len(running.errors) > 0)
    assert "a.mp4 cannot be read" in running.errors[0].sentence


def test_a_video_that_cannot_be_opened_prevents_the_start(kvs: Kvs) -> None:
    running = StorePublisher([VideoSource("door", "/nowhere.mp4")], kvs.destination)
    with pytest.raises(UnopenableVideo, match=r"/nowhere\.mp4"):
        running.start()
    running.stop()


def test_the_last_fragment_is_ended_at_the_stop(kvs: Kvs) -> None:
    kvs.create("simulated")
    with StorePublisher([SimulatedCamera("simulated")], kvs.destination, clock=FastClock()) as running:
        await_that(lambda: running.received["simulated"] >= 1)
    fragments = kvs.fragments("simulated")
    assert all(fragment["ProducerTimestamp"].microsecond == 0 for fragment in fragments)
    assert len(fragments) == running.received["simulated"] >= 1
