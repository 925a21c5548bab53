"""What a frame shows: as its sender found, or by reading it."""

from typing import Any

import pytest

from counter.counting.inspector import FrameInspector
from ingest.frames.bucket import FrameBucket
from ingest.frames.inspection import Inspection, digest_of
from ingest.frames.keys import FrameKey
from tests.counter.world import BUCKET, World, at
from tests.ingest.pictures import jpeg, plain, sensed, stripes

KEY = FrameKey("till-1", at(0), at(0))


@pytest.fixture
def reads(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the objects that are read."""
    keys: list[str] = []
    real = FrameBucket.read

    def read(bucket: FrameBucket, key: str) -> bytes | None:
        keys.append(key)
        return real(bucket, key)

    monkeypatch.setattr(FrameBucket, "read", read)
    return keys


def inspect(world: World, image: bytes, **more: Any) -> Inspection | None:
    world.s3.put_object(Bucket=BUCKET, Key=str(KEY), Body=image, **more)
    return FrameInspector(FrameBucket(world.s3, BUCKET)).inspect(str(KEY))


@pytest.mark.parametrize("said", [Inspection("5" * 16), Inspection("5" * 16, True)])
def test_what_the_sender_found_holds_and_the_frame_is_not_read(
    world: World, reads: list[str], said: Inspection
) -> None:
    assert inspect(world, jpeg(plain(0)), Metadata=said.to_metadata()) == said
    assert reads == []


@pytest.mark.parametrize(
    ("picture", "nothing"),
    [
        (stripes(), False),
        (plain(0), True),
        (sensed(plain(16), noise=8), True),
        (plain(128, (9000, 90)), True),
    ],
)
def test_a_frame_of_another_sender_is_read(
    world: World, reads: list[str], picture: Any, nothing: bool
) -> None:
    frame = jpeg(picture)
    assert inspect(world, frame) == Inspection(digest_of(frame), nothing)
    assert reads == [str(KEY)]


@pytest.mark.parametrize("frame", [b"", b"text", jpeg(plain(0))[:300], b"\xff\xd8\xff\xd9"])
def test_what_cannot_be_decoded_is_left_to_rekognition(world: World, frame: bytes) -> None:
    assert inspect(world, frame) == Inspection(digest_of(frame))


def test_a_picture_that_would_take_all_memory_is_not_decoded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = jpeg(plain(0))
    monkeypatch.setattr("counter.counting.inspector.MOST_PIXELS", 1280 * 720 - 1)
    assert inspect(world, frame) == Inspection(digest_of(frame))


def test_a_frame_that_is_gone_or_too_large_is_not_read(
    world: World, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FrameInspector(FrameBucket(world.s3, BUCKET)).inspect(str(KEY)) is None
    frame = jpeg(plain(0))
    monkeypatch.setattr("counter.counting.inspector.MAX_BYTES", len(frame) - 1)
    assert inspect(world, frame) is None
    assert reads == []
