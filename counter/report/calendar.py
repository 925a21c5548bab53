"""The trading days of a store, from its entry. Pure."""

from datetime import date

from counter.analytics.trading_days import TradingCalendar, ZoneFrom
from counter.stores.store import Store


def trading_calendar(store: Store) -> TradingCalendar:
    """Its time zones of all time, the start of its day, and its excluded days."""
    starts = [date.min, *(zone.until for zone in store.earlier)]
    names = [*(zone.time_zone for zone in store.earlier), store.time_zone]
    zones = tuple(ZoneFrom(first, name) for first, name in zip(starts, names, strict=True))
    return TradingCalendar(zones, store.day_starts, dict(store.excluded))
