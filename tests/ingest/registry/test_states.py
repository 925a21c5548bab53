"""The lease, the cursor and what is closed: in state items, and on the way there from earlier versions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from ingest.aws.dynamodb import Item, to_item
from ingest.registry.camera import Source
from ingest.registry.items import key_item, settings_item
from ingest.registry.registered import ImageMemory, PullCursor, StreamMemory
from ingest.registry.registry_errors import LeaseHeld, LeaseLost, UnknownCamera
from ingest.registry.state_items import CURSOR, state_key
from ingest.registry.states import MOVED_FOR
from ingest.registry.table import CameraRegistry
from ingest.times import to_millis
from tests.ingest.cloud import at, camera
from tests.ingest.registry.earlier_version import EarlierRegistry
from tests.killing import Killed, Killer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MINUTE = timedelta(minutes=1)
CURSOR_1 = PullCursor(at(60), (at(0), at(60)), pending=True)
STREAM = StreamMemory("door", {"RETENTION": (24, at(0)), "GET_MEDIA": ("https://b-1.example", at(60))})
FULL = PullCursor(
    at(60), (at(0), at(60)), pending=True, images=ImageMemory((at(30),), 2, at(86_400)),
    after="91343852333181", rate=500_000, stream=STREAM,
)  # fmt: skip


@pytest.fixture
def earlier(dynamodb: "DynamoDBClient") -> EarlierRegistry:
    return EarlierRegistry(dynamodb)


def item(dynamodb: "DynamoDBClient", key: Item) -> Item | None:
    return dynamodb.get_item(TableName="cameras", Key=key).get("Item")


def copied(dynamodb: "DynamoDBClient") -> list[Item]:
    """What the index holds."""
    answer = dynamodb.scan(TableName="cameras", IndexName="Sender")
    return sorted(answer["Items"], key=lambda item: str(item["CameraId"]["S"]))


def pulled_by_an_earlier_version(earlier: EarlierRegistry, cursor: PullCursor, now: datetime) -> None:
    earlier.lease("door", "earlier", now, MINUTE)
    earlier.record_cursor("door", "earlier", cursor)
    earlier.release("door", "earlier")


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
        registry.record_cursor("door", "first", CURSOR_1)
    with pytest.raises(LeaseLost):
        registry.release("door", "first")
    registry.record_cursor("door", "second", CURSOR_1)
    assert registry.get("door").cursor == CURSOR_1


def test_the_last_record_releases_the_lease(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "first", at(0), MINUTE)
    registry.record_cursor("door", "first", CURSOR_1, release=True)

    assert registry.lease("door", "second", at(1), MINUTE).cursor == CURSOR_1
    with pytest.raises(LeaseLost):
        registry.record_cursor("door", "first", CURSOR_1)


def test_a_pull_and_a_closing_change_nothing_that_the_index_copies(
    registry: CameraRegistry, dynamodb: "DynamoDBClient"
) -> None:
    registry.add(camera())
    registry.lease("door", "first", at(0), MINUTE)
    before = copied(dynamodb)
    assert len(before) == 1

    registry.record_image_memory("door", "first", FULL.images)
    registry.record_cursor("door", "first", FULL, release=True)
    registry.lease("door", "second", at(60), MINUTE)
    registry.record_cursor("door", "second", CURSOR_1)
    registry.release("door", "second", forget_stream=True)
    registry.record_closed("door", None, at(900))

    assert copied(dynamodb) == before


def test_the_cursor_remembers_the_stream_until_it_proves_wrong(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), MINUTE)

    registry.record_cursor("door", "me", replace(CURSOR_1, stream=STREAM))
    assert registry.get("door").cursor == replace(CURSOR_1, stream=STREAM)
    registry.release("door", "me")
    assert registry.lease("door", "me", at(0), MINUTE).cursor.stream == STREAM

    registry.release("door", "me", forget_stream=True)
    assert registry.get("door").cursor == CURSOR_1


def test_the_cursor_remembers_getimages_and_getmedia(registry: CameraRegistry) -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), MINUTE)
    asked = ImageMemory(asked=(at(0), at(10)), failures=2)

    registry.record_image_memory("door", "me", asked)
    assert registry.get("door").cursor == PullCursor(images=asked)

    registry.record_cursor("door", "me", FULL)
    assert registry.get("door").cursor == FULL

    registry.record_cursor("door", "me", CURSOR_1)
    assert registry.get("door").cursor == CURSOR_1
    with pytest.raises(LeaseLost):
        registry.record_image_memory("door", "another", asked)


def test_the_closing_moves_by_compare_and_set(registry: CameraRegistry) -> None:
    registry.add(camera())

    assert registry.record_closed("door", None, at(900))
    assert not registry.record_closed("door", None, at(1800))
    assert registry.record_closed("door", at(900), at(1800))
    assert not registry.record_closed("door", at(900), at(2700))
    assert registry.get("door").closed_until == at(1800)


@pytest.mark.parametrize("cursor", [PullCursor(), CURSOR_1, FULL], ids=["none", "some", "full"])
def test_a_cursor_of_an_earlier_version_is_read_and_moves_with_the_first_pull(
    registry: CameraRegistry, earlier: EarlierRegistry, dynamodb: "DynamoDBClient", cursor: PullCursor
) -> None:
    registry.add(camera())
    if cursor != PullCursor():
        pulled_by_an_earlier_version(earlier, cursor, at(0))
    assert earlier.record_closed("door", None, at(900))
    assert registry.get("door").cursor == cursor

    registered = registry.lease("door", "me", at(61), MINUTE)

    assert (registered.cursor, registered.closed_until) == (cursor, at(900))
    assert registry.get("door") == registered
    assert list(registry.scan()) == [registered]
    left = item(dynamodb, key_item("door"))
    assert left is not None
    assert left.keys() & set(CURSOR) <= {"LookedUntil"}
    registry.record_cursor("door", "me", replace(cursor, until=at(90)), release=True)
    assert registry.get("door").cursor == replace(cursor, until=at(90))


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
    items = dynamodb.scan(TableName="cameras")["Items"]
    assert len(items) == 2
    assert not any(item.keys() & {"Taken", "ImagesAsked"} for item in items)
    assert registry.get("door").cursor == cursor


def looks_of_a_deploy(
    registry: CameraRegistry, earlier: EarlierRegistry, versions: Sequence[str]
) -> list[tuple[datetime, datetime]]:
    """The spans of time that pulls of these versions, one every 10 s, look at."""
    looks: list[tuple[datetime, datetime]] = []
    for number, version in enumerate(versions, start=1):
        now, owner = at(10 * number), f"request {number}"
        try:
            table = registry if version == "new" else earlier
            cursor = table.lease("door", owner, now, MINUTE).cursor
        except LeaseHeld:
            continue
        looks.append((cursor.until or at(0), now))
        table.record_cursor("door", owner, replace(cursor, until=now))
        table.release("door", owner)
    return looks


@pytest.mark.parametrize("seed", range(10))
def test_during_a_deploy_each_pull_goes_on_where_the_one_before_stopped(
    registry: CameraRegistry, earlier: EarlierRegistry, seed: int
) -> None:
    """Both versions run side by side for eight minutes, in any order."""
    registry.add(camera())
    mixed = Random(seed).choices(["earlier", "new"], k=48)

    looks = looks_of_a_deploy(registry, earlier, ["earlier"] * 5 + mixed + ["new"] * 5)

    assert looks[0][0] == at(0)
    assert all(before[1] == after[0] for before, after in pairwise(looks))
    assert looks[-1][1] == at(10 * 58)


def test_two_versions_do_not_pull_a_camera_at_the_same_time(
    registry: CameraRegistry, earlier: EarlierRegistry
) -> None:
    registry.add(camera())
    earlier.lease("door", "earlier", at(0), MINUTE)
    with pytest.raises(LeaseHeld):
        registry.lease("door", "new", at(59), MINUTE)
    earlier.record_cursor("door", "earlier", CURSOR_1)
    earlier.release("door", "earlier")

    assert registry.lease("door", "new", at(61), MINUTE).cursor == CURSOR_1
    for seconds in (62, 61 + MOVED_FOR.total_seconds() - 1):
        with pytest.raises(LeaseHeld):
            earlier.lease("door", "earlier", at(seconds), MINUTE)


def test_a_closing_of_an_earlier_version_finds_how_far_the_camera_was_pulled_and_closed(
    registry: CameraRegistry, earlier: EarlierRegistry
) -> None:
    """It may run once more during a deploy: it must not begin with the camera's first day."""
    registry.add(camera())
    pulled_by_an_earlier_version(earlier, CURSOR_1, at(0))
    earlier.record_closed("door", None, at(900))
    registry.lease("door", "new", at(70), MINUTE)

    found = earlier.read("door")
    assert (found.cursor.until, found.closed_until) == (CURSOR_1.until, at(900))
    assert earlier.record_closed("door", at(900), at(1800))
    assert registry.get("door").closed_until == at(1800)
    assert registry.record_closed("door", at(1800), at(2700))


def test_after_a_rollback_the_earlier_version_goes_on_and_then_the_new_one_again(
    registry: CameraRegistry, earlier: EarlierRegistry
) -> None:
    registry.add(camera())
    pulled_by_an_earlier_version(earlier, CURSOR_1, at(0))
    registry.lease("door", "new", at(70), MINUTE)
    registry.record_cursor("door", "new", replace(CURSOR_1, until=at(70)), release=True)
    registry.record_closed("door", None, at(900))

    later = at(70) + MOVED_FOR
    cursor = earlier.lease("door", "earlier", later, MINUTE).cursor
    assert (
        cursor.until == CURSOR_1.until
    )  # as far as the version knows: what it did not see is looked at again
    earlier.record_cursor("door", "earlier", replace(CURSOR_1, until=later))
    earlier.release("door", "earlier")
    assert earlier.record_closed("door", None, at(1800))

    for found in (registry.get("door"), registry.lease("door", "new", later + MINUTE, MINUTE)):
        assert (found.cursor, found.closed_until) == (replace(CURSOR_1, until=later), at(1800))


def test_a_move_that_is_killed_anywhere_loses_nothing(
    registry: CameraRegistry, earlier: EarlierRegistry, dynamodb: "DynamoDBClient"
) -> None:
    killer = Killer()
    for survive in range(20):
        registry.add(camera())
        pulled_by_an_earlier_version(earlier, FULL, at(0))
        killer = Killer(survive)
        killer.watch(dynamodb)
        try:
            registry.lease("door", "killed", at(61), MINUTE)
        except Killed:
            pass
        finally:
            killer.unwatch(dynamodb)

        assert registry.get("door").cursor == FULL
        assert registry.lease("door", "next", at(61) + MINUTE, MINUTE).cursor == FULL
        registry.remove("door")
    assert killer.steps < 20  # the last one was not killed


def test_the_closing_writes_a_state_item_for_a_camera_that_is_never_pulled(
    registry: CameraRegistry, earlier: EarlierRegistry, dynamodb: "DynamoDBClient"
) -> None:
    registry.add(camera(source=Source.PUSH, stream_name=None, original_deeplens=True))
    assert earlier.record_closed("door", None, at(900))
    before = copied(dynamodb)

    assert registry.record_closed("door", at(900), at(1800))

    assert registry.get("door").closed_until == at(1800)
    assert copied(dynamodb) == before


def test_a_state_that_was_deleted_by_hand_begins_anew(
    registry: CameraRegistry, dynamodb: "DynamoDBClient"
) -> None:
    registry.add(camera())
    registry.lease("door", "first", at(0), MINUTE)
    registry.record_cursor("door", "first", CURSOR_1, release=True)
    dynamodb.delete_item(TableName="cameras", Key=state_key("door"))

    assert registry.lease("door", "second", at(1), MINUTE).cursor == PullCursor()
    with pytest.raises(LeaseHeld):
        registry.lease("door", "third", at(2), MINUTE)


def test_a_removal_takes_the_state_along(registry: CameraRegistry, dynamodb: "DynamoDBClient") -> None:
    registry.add(camera())
    registry.lease("door", "me", at(0), MINUTE)
    registry.record_cursor("door", "me", CURSOR_1)

    registry.remove("door")

    assert dynamodb.scan(TableName="cameras")["Items"] == []
    with pytest.raises(LeaseLost):
        registry.record_cursor("door", "me", CURSOR_1)
    assert not registry.record_closed("door", None, at(900))
    with pytest.raises(UnknownCamera):
        registry.lease("door", "me", at(0), MINUTE)
    assert dynamodb.scan(TableName="cameras")["Items"] == []


def test_a_camera_that_is_removed_while_its_lease_is_taken(
    registry: CameraRegistry, dynamodb: "DynamoDBClient"
) -> None:
    """Whenever the removal comes: no camera comes back, and the next one of that name inherits no state."""
    other = CameraRegistry(dynamodb, "cameras")
    for moved in (False, True):
        for call in range(6):
            registry.add(camera())
            if moved:
                registry.lease("door", "before", at(0), MINUTE)
                registry.record_cursor("door", "before", CURSOR_1, release=True)
            interrupt = _RemovedBefore(call, other)
            interrupt.watch(dynamodb)
            try:
                registry.lease("door", "me", at(100), MINUTE)
                registry.record_cursor("door", "me", CURSOR_1)
            except (UnknownCamera, LeaseHeld, LeaseLost):
                assert interrupt.done
            finally:
                interrupt.unwatch(dynamodb)
            if not interrupt.done:
                registry.remove("door")
            assert list(registry.scan()) == []
            registry.add(camera())
            assert registry.lease("door", "new", at(200), MINUTE).cursor == PullCursor()
            registry.remove("door")


class _RemovedBefore(Killer):
    """Removes the camera before a client's n-th call."""

    def __init__(self, call: int, registry: CameraRegistry) -> None:
        super().__init__()
        self.done = False
        self._call = call
        self._registry = registry

    def _step(self, **context: object) -> None:
        if str(context["event_name"]).startswith("before") and not self.done:
            self.done = self.steps == self._call
            self.steps += 1
            if self.done:
                self._registry.remove("door")
