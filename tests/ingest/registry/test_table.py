from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ingest.aws.dynamodb import to_item
from ingest.registry.camera import Camera, Change, InvalidCamera, Source
from ingest.registry.items import key_item, settings_item
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.registry_errors import CameraChanged, CameraExists, LeaseLost, UnknownCamera
from ingest.registry.sampling import Sampling
from ingest.registry.state_items import state_key
from ingest.registry.table import HISTORY, CameraRegistry
from tests.ingest.cloud import at, camera

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


@pytest.mark.parametrize("name", ["door#state", "", "Door", "-door", "door\n"])
def test_a_name_that_no_camera_can_have_is_not_in_the_registry(registry: CameraRegistry, name: str) -> None:
    """The state item lies in the same table under such a key: nobody removes or reads it as a camera."""
    registry.add(camera())
    registry.lease("door", "me", at(0), MINUTE)
    registry.record_cursor("door", "me", CURSOR)
    for call in (
        lambda: registry.get(name),
        lambda: registry.remove(name),
        lambda: registry.lease(name, "other", at(0), MINUTE),
    ):
        with pytest.raises(UnknownCamera, match="is not in the registry"):
            call()
    assert registry.get_many([name]) == {}
    assert registry.get("door").cursor == CURSOR


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


@pytest.mark.parametrize("ranges", [[[1, 0, 2]], [[1, 1000, 10**9]], [[1, 1000]], [1]])
def test_ranges_that_were_edited_by_hand(
    registry: CameraRegistry, dynamodb: "DynamoDBClient", ranges: list[Any]
) -> None:
    item = settings_item(camera()) | to_item({"CameraId": "door", "TakenRanges": ranges})
    dynamodb.put_item(TableName="cameras", Item=item)

    with pytest.raises(InvalidCamera, match="its registry item cannot be read"):
        registry.get("door")


def test_a_scan_joins_states_with_their_cameras_and_ignores_those_without(
    registry: CameraRegistry, dynamodb: "DynamoDBClient"
) -> None:
    names = [f"camera-{number}" for number in range(5)]
    for name in names:
        registry.add(camera(camera_id=name))
        registry.lease(name, "me", at(0), MINUTE)
        registry.record_cursor(name, "me", CURSOR, release=True)
        registry.record_closed(name, None, at(900))
    dynamodb.put_item(TableName="cameras", Item=state_key("removed"))
    pages: list[int] = []

    def give_one_item(params: dict[str, Any], **_: Any) -> None:
        pages.append(1)
        params["Limit"] = 1

    dynamodb.meta.events.register("provide-client-params.dynamodb.Scan", give_one_item)
    try:
        found = list(registry.scan())
    finally:
        dynamodb.meta.events.unregister("provide-client-params.dynamodb.Scan", give_one_item)

    assert len(pages) > 10
    expected = [RegisteredCamera(camera(camera_id=name), 1, CURSOR, at(900)) for name in names]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_state_that_was_edited_by_hand_stops_no_other_hop(
    registry: CameraRegistry, dynamodb: "DynamoDBClient"
) -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), MINUTE)
    dynamodb.put_item(TableName="cameras", Item=state_key("door") | to_item({"TakenRanges": [1]}))

    assert isinstance(next(registry.scan()), InvalidCamera)
    assert registry.get_many(["door"]) == {"door": camera()}
    assert registry.by_sender("stream/door") == [camera()]


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
