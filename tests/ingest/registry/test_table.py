from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from ingest.aws.dynamodb import to_item
from ingest.registry.camera import Camera, Change, InvalidCamera, Source
from ingest.registry.items import key_item, settings_item
from ingest.registry.opening_hours import parse
from ingest.registry.registered import ImageMemory, PullCursor, RegisteredCamera, StreamMemory
from ingest.registry.sampling import Sampling
from ingest.registry.table import (
    HISTORY,
    CameraChanged,
    CameraExists,
    CameraRegistry,
    LeaseHeld,
    LeaseLost,
    UnknownCamera,
)
from ingest.times import to_millis
from tests.dynalite import DATABASES, dynalite
from tests.ingest.cloud import at, camera, clear_cameras, create_camera_table
from tests.moto_speed import plain_attribute_values

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MINUTE = timedelta(minutes=1)
CURSOR = PullCursor(at(60), (at(0), at(60)), pending=True)
SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5))
RICH = camera(
    zones={"till": SQUARE},
    ignore={"poster": SQUARE},
    min_confidence=92.5,
    sampling=Sampling(60, "Europe/Berlin", parse("mon-fri 09:00-20:00; sat 22:00-02:00"), enabled=False),
    previous=(Change(at(900), Sampling()),),
)
PUSHED = camera(camera_id="unit", source=Source.PUSH, stream_name=None, original_deeplens=True)


@pytest.fixture(scope="module", params=DATABASES)
def dynamodb(request: pytest.FixtureRequest) -> Iterator["DynamoDBClient"]:
    if request.param == "dynalite":
        with dynalite() as served:
            create_camera_table(served)
            yield served
    else:
        with plain_attribute_values(), mock_aws():
            dynamodb = boto3.client("dynamodb", region_name="us-east-1")
            create_camera_table(dynamodb)
            yield dynamodb


@pytest.fixture
def registry(dynamodb: "DynamoDBClient") -> Iterator[CameraRegistry]:
    yield CameraRegistry(dynamodb, "cameras")
    clear_cameras(dynamodb)


@pytest.mark.parametrize("stored", [camera(), RICH, PUSHED])
def test_a_camera_comes_back_as_it_was(registry: CameraRegistry, stored: Camera) -> None:
    registry.add(stored)

    assert registry.get(stored.camera_id) == RegisteredCamera(stored)
    assert list(registry.scan()) == [RegisteredCamera(stored)]
    assert registry.get_many([stored.camera_id, "nobody"]) == {stored.camera_id: stored}


def test_names_that_are_there_and_names_that_are_not(registry: CameraRegistry) -> None:
    registry.add(camera())
    with pytest.raises(CameraExists, match="'door' is in the registry already"):
        registry.add(camera())
    registry.remove("door")
    for call in (
        lambda: registry.get("door"),
        lambda: registry.remove("door"),
        lambda: registry.lease("door", "me", at(0), MINUTE),
    ):
        with pytest.raises(UnknownCamera, match="'door' is not in the registry"):
            call()


def test_by_sender(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.add(PUSHED)
    registry.add(camera(camera_id="twin", stream_name="door"))

    assert {found.camera_id for found in registry.by_sender("stream/door")} == {"door", "twin"}
    assert [found.camera_id for found in registry.by_sender("original-deeplens")] == ["unit"]
    assert registry.by_sender("stream/nobody") == []


def test_many_cameras(registry: CameraRegistry, dynamodb: "DynamoDBClient") -> None:
    names = [f"camera-{number}" for number in range(230)]
    items = [settings_item(camera(camera_id=name)) | key_item(name) for name in names]
    for first in range(0, len(items), 25):
        puts: list[Any] = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        dynamodb.batch_write_item(RequestItems={"cameras": puts})

    assert set(registry.get_many([*names, "nobody"])) == set(names)


def test_an_item_written_by_hand_stands_for_itself(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry._dynamodb.put_item(TableName="cameras", Item=to_item({"CameraId": "bad", "StoreId": "x"}))

    found = {
        entry.camera_id if isinstance(entry, InvalidCamera) else entry.camera.camera_id: entry
        for entry in registry.scan()
    }

    assert isinstance(found["bad"], InvalidCamera)
    assert isinstance(found["door"], RegisteredCamera)
    assert isinstance(registry.get_many(["bad", "door"])["bad"], InvalidCamera)
    with pytest.raises(InvalidCamera, match="has no Since"):
        registry.get("bad")


def test_one_pull_at_a_time(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "first", at(0), MINUTE)

    with pytest.raises(LeaseHeld, match="'door' is being pulled"):
        registry.lease("door", "second", at(59), MINUTE)
    assert registry.lease("door", "first", at(59), MINUTE).camera == camera()  # the same owner again
    with pytest.raises(LeaseHeld):
        registry.lease("door", "second", at(118), MINUTE)
    registry.release("door", "first")
    registry.lease("door", "second", at(60), MINUTE)


def test_a_lease_that_ran_out_goes_to_the_next_and_the_first_writes_nothing_more(
    registry: CameraRegistry,
) -> None:
    registry.add(camera())
    registry.lease("door", "first", at(0), MINUTE)
    assert registry.lease("door", "second", at(60), MINUTE).cursor == PullCursor()

    with pytest.raises(LeaseLost, match="'door' was lost"):
        registry.record_cursor("door", "first", CURSOR)
    with pytest.raises(LeaseLost):
        registry.release("door", "first")
    registry.record_cursor("door", "second", CURSOR)
    assert registry.get("door").cursor == CURSOR


def test_lists_of_instants_of_older_items_are_read_and_replaced(
    registry: CameraRegistry, dynamodb: "DynamoDBClient"
) -> None:
    old = {
        "CameraId": "door", "LookedUntil": "2023-11-14T22:16:00.000Z", "Pending": True,
        "Taken": [to_millis(at(0)), to_millis(at(60))], "ImagesAsked": [to_millis(at(120))],
    }  # fmt: skip
    dynamodb.put_item(TableName="cameras", Item=settings_item(camera()) | to_item(old))

    cursor = registry.lease("door", "me", at(0), MINUTE).cursor
    assert (cursor.decided, cursor.images.asked) == ((at(0), at(60)), (at(120),))

    registry.record_cursor("door", "me", cursor)
    (item,) = dynamodb.scan(TableName="cameras")["Items"]
    assert not item.keys() & {"Taken", "ImagesAsked"}
    assert registry.get("door").cursor == cursor


@pytest.mark.parametrize("ranges", [[[1, 0, 2]], [[1, 1000, 10**9]], [[1, 1000]], [1]])
def test_ranges_that_were_edited_by_hand(
    registry: CameraRegistry, dynamodb: "DynamoDBClient", ranges: list[Any]
) -> None:
    item = settings_item(camera()) | to_item({"CameraId": "door", "TakenRanges": ranges})
    dynamodb.put_item(TableName="cameras", Item=item)

    with pytest.raises(InvalidCamera, match="its registry item cannot be read"):
        registry.get("door")


def test_the_cursor_remembers_the_stream_until_it_proves_wrong(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), timedelta(minutes=5))
    url = "https://b-1.kinesisvideo.eu-central-1.amazonaws.com"
    stream = StreamMemory("door", {"RETENTION": (24, at(0)), "GET_MEDIA": (url, at(60))})

    registry.record_cursor("door", "me", replace(CURSOR, stream=stream))
    assert registry.get("door").cursor == replace(CURSOR, stream=stream)
    registry.release("door", "me")
    assert registry.lease("door", "me", at(0), timedelta(minutes=5)).cursor.stream == stream

    registry.release("door", "me", forget_stream=True)
    assert registry.get("door").cursor == CURSOR


def test_the_cursor_remembers_getimages_and_getmedia(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), timedelta(minutes=5))
    asked = ImageMemory(asked=(at(0), at(10)), failures=2)

    registry.record_image_memory("door", "me", asked)
    assert registry.get("door").cursor == PullCursor(images=asked)

    full = replace(CURSOR, images=ImageMemory((), 2, at(86_400)), after="91343852333181", rate=500_000)
    registry.record_cursor("door", "me", full)
    assert registry.get("door").cursor == full

    registry.record_cursor("door", "me", CURSOR)
    assert registry.get("door").cursor == CURSOR
    with pytest.raises(LeaseLost):
        registry.record_image_memory("door", "another", asked)


def test_no_write_brings_back_a_camera_that_was_removed(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), MINUTE)
    registry.remove("door")

    with pytest.raises(LeaseLost):
        registry.record_cursor("door", "me", CURSOR)
    assert not registry.record_closed("door", None, at(900))
    assert list(registry.scan()) == []


def test_settings_pulls_and_closings_undo_nothing_of_each_other(registry: CameraRegistry) -> None:
    registry.add(camera())
    before = registry.get("door")
    registry.lease("door", "me", at(0), MINUTE)
    registry.record_cursor("door", "me", CURSOR)
    assert registry.record_closed("door", None, at(900))

    after = registry.change(before, replace(before.camera, min_confidence=50.0), at(1000))
    registry.record_cursor("door", "me", replace(CURSOR, pending=False))

    assert registry.get("door") == RegisteredCamera(after.camera, 2, replace(CURSOR, pending=False), at(900))
    assert after.camera.min_confidence == 50.0


def test_two_operators_at_once(registry: CameraRegistry) -> None:
    registry.add(RICH)
    before = registry.get("door")
    first = registry.change(before, replace(RICH, zones={}), at(0))

    with pytest.raises(CameraChanged, match="'door' was just changed by somebody else"):
        registry.change(before, replace(RICH, ignore={}), at(0))
    registry.change(first, replace(first.camera, ignore={}), at(0))
    assert (registry.get("door").camera.zones, registry.get("door").camera.ignore) == ({}, {})


def test_what_a_camera_no_longer_has_is_gone(registry: CameraRegistry) -> None:
    registry.add(camera())
    pushed = replace(camera(), source=Source.PUSH, stream_name=None)

    registry.change(registry.get("door"), pushed, at(0))

    assert registry.get("door").camera == pushed
    assert registry.by_sender("stream/door") == []


def test_earlier_timings_are_kept_until_closed_and_for_late_video(registry: CameraRegistry) -> None:
    registry.add(camera())
    changed = camera().with_sampling(Sampling(sample_every=60), at(10))
    registered = registry.change(registry.get("door"), changed, at(10))
    assert [change.until for change in registered.camera.previous] == [at(900)]

    long_after = at(900) + HISTORY + MINUTE
    again = registered.camera.with_sampling(Sampling(sample_every=120), long_after)
    not_closed = registry.change(registered, again, long_after)
    assert len(not_closed.camera.previous) == 2

    registry.record_closed("door", None, at(1800))
    closed = registry.get("door")
    assert len(registry.change(closed, closed.camera, long_after).camera.previous) == 1


def test_the_closing_moves_by_compare_and_set(registry: CameraRegistry) -> None:
    registry.add(camera())

    assert registry.record_closed("door", None, at(900))
    assert not registry.record_closed("door", None, at(1800))
    assert registry.record_closed("door", at(900), at(1800))
    assert registry.get("door").closed_until == at(1800)
