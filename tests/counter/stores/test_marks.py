from datetime import UTC, date, datetime, timedelta

from counter.stores.day_marks import DayMark, JoinMark, Marks
from counter.stores.marks import MarkTable, is_late

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
LAST, FIRST, NOON = MIDNIGHT - timedelta(minutes=15), MIDNIGHT, MIDNIGHT + timedelta(hours=12)


def only(marks: MarkTable) -> DayMark:
    (mark,) = marks.of_store("north").days
    return mark


def test_a_roll_up_is_late_ten_minutes_after_its_quarter_hour() -> None:
    assert not is_late(MIDNIGHT, MIDNIGHT + timedelta(minutes=25))
    assert is_late(MIDNIGHT, MIDNIGHT + timedelta(minutes=25, milliseconds=1))


def test_each_camera_and_day_in_utc_has_a_mark(marks: MarkTable) -> None:
    marks.mark("north", "till-1", [NOON, LAST, FIRST])
    marks.mark("north", "door", [NOON])
    marks.mark("south", "till-1", [NOON])
    found = {(mark.day, mark.camera_id): mark.quarters for mark in marks.of_store("north").days}
    assert found == {
        (date(2026, 11, 21), "till-1"): {LAST},
        (date(2026, 11, 22), "till-1"): {FIRST, NOON},
        (date(2026, 11, 22), "door"): {NOON},
    }


def test_each_mark_has_a_new_value_and_keeps_the_quarters(marks: MarkTable) -> None:
    marks.mark("north", "till-1", [FIRST])
    before = only(marks)
    marks.mark("north", "till-1", [NOON])
    assert only(marks).quarters == {FIRST, NOON}
    assert only(marks).value != before.value


def test_a_mark_is_removed_with_its_last_quarter_hour(marks: MarkTable) -> None:
    marks.mark("north", "till-1", [FIRST, NOON])
    assert marks.remove(only(marks), [FIRST, LAST])
    assert only(marks).quarters == {NOON}
    assert marks.remove(only(marks), [NOON])
    assert marks.of_store("north") == Marks()


def test_a_mark_that_was_set_again_stays(marks: MarkTable) -> None:
    marks.mark("north", "till-1", [FIRST, NOON])
    read = only(marks)
    marks.mark("north", "till-1", [NOON])
    assert not marks.remove(read, [FIRST, NOON])
    assert not marks.remove(read, [FIRST])
    assert not marks.keep_waiting(read)
    assert only(marks).quarters == {FIRST, NOON}


def test_a_mark_waits_until_it_is_set_again(marks: MarkTable) -> None:
    marks.mark("north", "till-1", [NOON])
    assert not only(marks).waits
    assert marks.keep_waiting(only(marks))
    assert only(marks).waits
    marks.mark("north", "till-1", [NOON])
    assert not only(marks).waits


def test_a_mark_that_is_gone_is_not_made_again(marks: MarkTable) -> None:
    marks.mark("north", "till-1", [NOON])
    read = only(marks)
    assert marks.remove(read, [NOON])
    assert not marks.remove(read, [NOON])
    assert not marks.keep_waiting(read)
    assert marks.of_store("north") == Marks()


def test_a_month_is_marked_until_it_is_joined(marks: MarkTable) -> None:
    marks.mark_join("north", "2026-11")
    (read,) = marks.of_store("north").joins
    assert read == JoinMark("north", "2026-11", read.value)
    marks.mark_join("north", "2026-11")
    assert not marks.remove_join(read)
    (again,) = marks.of_store("north").joins
    assert marks.remove_join(again)
    assert marks.of_store("north") == Marks()
