"""The history as the closing writes it, run by run."""

from dataclasses import replace
from datetime import timedelta

from counter.stores.items import entry_key
from ingest.aws.dynamodb import to_item
from tests.counter.history.shop import AFTER, CALENDAR, DAY, LATE, MIDNIGHT, ZONE, Shop, till
from tests.counter.tables import CAMERAS, STORES
from tests.counter.world import DEAD_LETTERS, HISTORY
from tests.moto_state import MotoState

QUARTER = timedelta(minutes=15)
NEXT = DAY + timedelta(days=1)


def test_a_store_gets_an_entry_from_its_cameras(shop: Shop) -> None:
    shop.world.add(till())
    shop.world.close(MIDNIGHT + QUARTER)
    assert (shop.store().time_zone, shop.store().next_day) == (ZONE, DAY)
    assert shop.days() == []


def test_a_day_is_written_once_its_cameras_are_closed_past_its_end(shop: Shop) -> None:
    shop.world.add(till("a"), till("b"))
    shop.count("a", shop.instants("a")[0], 2, MIDNIGHT + QUARTER)
    assert shop.world.close(AFTER - QUARTER).history_days == 0
    assert shop.days() == []
    assert shop.world.close(AFTER).history_days == 1
    assert shop.days() == [DAY]
    assert {line["camera"] for line in shop.lines()} == {"a", "b"}
    assert (shop.store().next_day, shop.metadata()) == (NEXT, {})
    assert not {mark for mark in shop.marked() if mark[1] == DAY}
    shop.assert_true()


def test_a_day_with_nothing_due_is_an_empty_file(shop: Shop) -> None:
    shop.world.add(till(sampling=replace(till().sampling, enabled=False)))
    shop.world.close(MIDNIGHT + QUARTER)
    shop.world.close(AFTER)
    assert shop.days() == [DAY]
    assert shop.lines() == []


def test_a_run_that_finds_nothing_new_puts_nothing(shop: Shop) -> None:
    shop.world.add(till())
    shop.world.close(AFTER)
    before = shop.versions()
    shop.world.close(AFTER + QUARTER)
    shop.world.close(AFTER + QUARTER)
    assert shop.versions() == before


def test_a_late_frame_changes_its_day_and_no_other(shop: Shop) -> None:
    shop.world.add(till())
    later = AFTER + timedelta(days=1)
    shop.world.close(later)
    assert shop.days() == [DAY, NEXT]
    before = shop.versions()
    late = shop.instants("till-1")[5]
    shop.count("till-1", late, 3, later)
    assert shop.marked() >= {("till-1", DAY)}
    shop.world.close(later + QUARTER)
    changed = {key for key, number in shop.versions().items() if number != before.get(key)}
    assert changed == {key for key in before if f"day={DAY}/" in key}
    assert sum(line["counted"] for line in shop.lines()) == 1
    assert ("till-1", DAY) not in shop.marked()
    shop.assert_true([DAY, NEXT])


def test_a_frame_that_comes_again_changes_nothing(shop: Shop) -> None:
    shop.world.add(till())
    instant = shop.instants("till-1")[0]
    shop.count("till-1", instant, 3, MIDNIGHT + timedelta(hours=3))
    shop.world.close(AFTER)
    before = shop.versions()
    shop.count("till-1", instant, 3, AFTER)
    assert ("till-1", DAY) in shop.marked()
    shop.world.close(AFTER + QUARTER)
    assert ("till-1", DAY) not in shop.marked()
    assert shop.versions() == before


def test_a_camera_that_is_not_closed_holds_the_day_up_for_two_hours_and_is_named(shop: Shop) -> None:
    shop.world.add(till("good"), till("bad"))
    shop.world.close(MIDNIGHT + QUARTER)
    break_camera(shop, "bad")
    shop.world.close(LATE - QUARTER)
    assert shop.days() == []
    shop.world.close(LATE)
    assert shop.metadata() == {"open-cameras": "bad"}
    assert {line["camera"] for line in shop.lines()} == {"good"}
    assert ("bad", DAY) in shop.marked()
    before = shop.versions()
    shop.world.close(LATE + QUARTER)
    assert shop.versions() == before, "while the camera is broken there is nothing new to write"
    mend_camera(shop, "bad")
    shop.world.close(LATE + 2 * QUARTER)
    assert shop.metadata() == {}
    assert {line["camera"] for line in shop.lines()} == {"good", "bad"}
    assert ("bad", DAY) not in shop.marked()
    shop.assert_true()


def test_a_broken_camera_that_is_removed_is_not_waited_for(shop: Shop) -> None:
    shop.world.add(till("good"), till("bad"))
    shop.world.close(MIDNIGHT + timedelta(hours=2))
    break_camera(shop, "bad")
    shop.world.close(LATE)
    assert shop.metadata() == {"open-cameras": "bad"}
    shop.world.registry.remove("bad")
    shop.world.close(LATE + QUARTER)
    assert shop.metadata() == {}
    assert not {mark for mark in shop.marked() if mark[1] == DAY}
    assert {line["camera"] for line in shop.lines()} == {"good", "bad"}


def test_a_camera_that_is_removed_stays_in_the_days_that_it_was_counted(shop: Shop) -> None:
    shop.world.add(till("kept"), till("gone"))
    shop.world.close(AFTER)
    shop.world.registry.remove("gone")
    shop.count("kept", shop.instants("kept")[3], 1, AFTER)
    shop.world.close(AFTER + QUARTER)
    assert {line["camera"] for line in shop.lines()} == {"kept", "gone"}
    shop.assert_true()


def test_a_camera_that_is_removed_before_its_day_is_written_is_in_it(shop: Shop) -> None:
    shop.world.add(till("kept"), till("gone"))
    shop.world.close(MIDNIGHT + timedelta(hours=3))
    shop.world.registry.remove("gone")
    shop.world.close(AFTER)
    assert {line["camera"] for line in shop.lines()} == {"kept", "gone"}
    shop.assert_true()


def test_a_camera_that_moves_leaves_its_former_quarter_hours_behind(shop: Shop) -> None:
    shop.world.add(till("moving"), till("south-1", store_id="south"))
    noon = MIDNIGHT + timedelta(hours=12)
    shop.world.close(noon + timedelta(minutes=30))
    registered = shop.world.registry.get("moving")
    moved = replace(registered.camera, store_id="south")
    shop.world.registry.change(registered, moved, noon + timedelta(minutes=31))
    shop.world.close(AFTER)
    shop.assert_true(stores=("north", "south"))
    assert [line["camera"] for line in shop.lines()].count("moving") == 5
    assert {line["camera"] for line in shop.lines(store_id="south")} == {"moving", "south-1"}


def test_a_late_frame_after_a_move_stays_with_the_store_of_its_day(shop: Shop) -> None:
    shop.world.add(till("moving"), till("south-1", store_id="south"))
    shop.world.close(AFTER)
    registered = shop.world.registry.get("moving")
    shop.world.registry.change(registered, replace(registered.camera, store_id="south", area="door"), AFTER)
    before = shop.versions()
    shop.count("moving", shop.instants("moving")[3], 1, AFTER)
    shop.world.close(AFTER + QUARTER)
    changed = {key for key, number in shop.versions().items() if number != before.get(key)}
    assert changed == {key for key in before if "store=north" in key}
    assert sum(line["counted"] for line in shop.lines()) == 1
    assert {line["area"] for line in shop.lines()} == {"moving"}
    shop.assert_true(stores=("north", "south"))


def test_a_stack_with_old_roll_ups_is_caught_up_with_its_moves(shop: Shop) -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    shop.world.add(till("moving"))
    shop.world.close(CALENDAR.end_of(days[0]) + timedelta(minutes=30))
    registered = shop.world.registry.get("moving")
    shop.world.registry.change(
        registered, replace(registered.camera, store_id="south"), CALENDAR.end_of(days[0])
    )
    shop.world.close(CALENDAR.end_of(days[1]) + timedelta(minutes=30))
    forget_history(shop)
    for _ in range(3):
        shop.world.close(CALENDAR.end_of(days[2]) + timedelta(minutes=30))
    assert shop.days("north") == days
    assert shop.days("south") == days[1:]
    shop.assert_true(days, ["north"])
    shop.assert_true(days[1:], ["south"])
    assert (len(shop.lines(days[0])), len(shop.lines(days[1], "south"))) == (8, 7)


def test_little_time_writes_a_part_and_the_next_run_goes_on(shop: Shop) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    shop.world.add(till(sampling=replace(till().sampling, enabled=False)))
    shop.world.close(MIDNIGHT + QUARTER)
    now = CALENDAR.end_of(days[-1]) + timedelta(minutes=30)
    shop.world.close(now - timedelta(days=4))
    written = []
    for _ in range(6):
        puts = len(shop.versions())
        shop.world.close(now, lambda puts=puts: len(shop.versions()) >= puts + 2)  # type: ignore[misc] # a default
        written.append(len(shop.days()))
    assert written == sorted(written)
    assert max(after - before for before, after in zip([0, *written], written, strict=False)) <= 2
    assert shop.days() == days


def test_one_store_s_trouble_stops_no_other(shop: Shop) -> None:
    shop.world.add(till("a"), till("b", store_id="south"))
    shop.world.close(MIDNIGHT + QUARTER)
    shop.world.dynamodb.update_item(
        TableName=STORES, Key=entry_key("north", "store"), UpdateExpression="REMOVE Earlier"
    )
    result = shop.world.close(AFTER)
    assert result.history_failures == {"north": "store 'north': its entry has no Earlier"}
    assert (shop.days("north"), shop.days("south")) == ([], [DAY])


def test_a_closed_month_is_joined_and_joined_again(shop: Shop) -> None:
    shop.world.add(till(sampling=replace(till().sampling, enabled=True)))
    last = DAY.replace(day=30)
    shop.world.close(MIDNIGHT)
    now = CALENDAR.end_of(last) + timedelta(minutes=30)
    shop.world.close(now)
    key = "history/month=2026-11/store=north/quarters.jsonl.gz"
    days = [DAY.replace(day=number) for number in range(DAY.day, 31)]

    def joined() -> bytes:
        return b"".join(shop.content(f"history/day={day}/store=north/quarters.jsonl.gz") for day in days)

    assert shop.content(key) == joined()
    assert shop.world.s3.head_object(Bucket="history-files", Key=key)["Metadata"] == {
        "days": "0" * (DAY.day - 1) + "1" * len(days)
    }
    before = shop.content(key)
    shop.count("till-1", shop.instants("till-1")[0], 1, now)
    shop.world.close(now + QUARTER)
    assert shop.content(key) == joined() != before
    assert shop.world.marks.of_store("north").joins == ()


def break_camera(shop: Shop, name: str) -> None:
    """Make a camera's item unreadable, as an edit by hand may."""
    shop.world.dynamodb.update_item(
        TableName=CAMERAS,
        Key=to_item({"CameraId": name}),
        UpdateExpression="SET MinConfidence = :mars",
        ExpressionAttributeValues=to_item({":mars": "Olympus"}),
    )


def mend_camera(shop: Shop, name: str) -> None:
    """Make a camera's item readable again."""
    shop.world.dynamodb.update_item(
        TableName=CAMERAS,
        Key=to_item({"CameraId": name}),
        UpdateExpression="SET MinConfidence = :percent",
        ExpressionAttributeValues=to_item({":percent": 95}),
    )


def forget_history(shop: Shop) -> None:
    """As if the stack had had no history until now."""
    for item in list(shop.world.state.items(STORES)):
        key = {name: item[name] for name in ("StoreId", "Entry")}
        shop.world.dynamodb.delete_item(TableName=STORES, Key=key)
    MotoState(HISTORY, DEAD_LETTERS).forget_objects()
