from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from infra.cli.aws.streams import CameraStreams, StreamUnusable
from tests.infra.cli.camera.registered import mark, stream


class Naps:
    """A fake sleep; the stream is active after this many calls."""

    def __init__(self, needed: int) -> None:
        self.taken: list[float] = []
        self._needed = needed

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) == self._needed:
            mark("door", status="ACTIVE")


@pytest.fixture
def creating() -> Iterator[None]:
    with mock_aws():
        stream("door")
        mark("door", status="CREATING")
        yield


def test_a_stream_is_waited_for(creating: None) -> None:
    naps = Naps(needed=3)
    CameraStreams(boto3.client("kinesisvideo"), naps).wait_active("door")
    assert naps.taken == [1, 1, 1]


def test_a_stream_that_does_not_become_active(creating: None) -> None:
    naps = Naps(needed=10_000)
    with pytest.raises(StreamUnusable) as error:
        CameraStreams(boto3.client("kinesisvideo"), naps).wait_active("door")
    sentence = "stream 'door' is not active after 120 s: check it in the KVS console and try again"
    assert str(error.value) == sentence
    assert len(naps.taken) == 120


def test_a_stream_in_creation_exists(creating: None) -> None:
    streams = CameraStreams(boto3.client("kinesisvideo"), Naps(needed=1))
    assert streams.exists("door")
    assert not streams.exists("hall")
