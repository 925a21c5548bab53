from typing import Any

import pytest
from botocore.exceptions import ClientError

from counter.bucket import FrameBucket
from tests.counter.world import BUCKET, World


@pytest.fixture
def bucket(world: World) -> FrameBucket:
    return FrameBucket(world.s3, BUCKET)


def test_holds(world: World, bucket: FrameBucket) -> None:
    key = world.put("frame/2026-11-22 12:00:00.jpg", {})
    assert bucket.holds(key)
    assert not bucket.holds(key + "x")


def test_a_refusal_is_not_an_absence(world: World, bucket: FrameBucket) -> None:
    def forbid(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        http_response.status_code = parsed["ResponseMetadata"]["HTTPStatusCode"] = 403

    world.s3.meta.events.register("after-call.s3.HeadObject", forbid)
    with pytest.raises(ClientError):
        bucket.holds("frame/a.jpg")
    world.s3.meta.events.unregister("after-call.s3.HeadObject", forbid)


def test_more_keys_than_one_call_takes(world: World, bucket: FrameBucket) -> None:
    keys = [f"frame/{number}.jpg" for number in range(1003)]
    for key in keys[998:]:
        world.put(key, {})
    assert bucket.delete(keys) == {}
    assert world.keys_left() == []
    assert bucket.delete([]) == {}


def test_waiting_is_bounded_and_looks_under_the_frame_prefix_alone(world: World, bucket: FrameBucket) -> None:
    for number in range(3):
        world.put(f"frame/{number}.jpg", {})
    world.put("other/1.jpg", {})
    assert [key for key, _ in bucket.waiting(1)] == ["frame/0.jpg", "frame/1.jpg", "frame/2.jpg"]
    assert list(bucket.waiting(0)) == []
