from datetime import date, datetime, time

from counter.report.calendar import trading_calendar
from counter.stores.calendar import EarlierZone
from counter.stores.store import Store

CHANGE = date(2026, 11, 10)


def test_the_earlier_zone_of_a_store_holds_for_its_days() -> None:
    store = Store(
        "north",
        "Asia/Kolkata",
        (EarlierZone(CHANGE, "Europe/Berlin"),),
        day_starts=time(4),
        excluded={CHANGE: "moved"},
    )
    calendar = trading_calendar(store)
    for day in (date(2026, 11, 5), date(2026, 11, 20)):
        start = calendar.local(calendar.start(day))
        assert start.replace(tzinfo=None) == datetime.combine(day, time(4))
        assert start.tzinfo == store.calendar.zone_of(day)
    assert calendar.excluded == {CHANGE: "moved"}


def test_a_store_that_never_changed() -> None:
    assert trading_calendar(Store("north", "Europe/Berlin")).zones[0].name == "Europe/Berlin"
