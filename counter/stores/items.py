"""Stores and day marks as items of the store table, and back.

`StoreId` is the partition key, `Entry` the sort key: `store` for the store itself, and
`mark#<UTC date>#<camera>` for the quarter hours of a camera whose day must be written again, and
`mark#join#<month>` for a month to be joined again. Only stores have `Listed`, the key of the index for lists.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from counter.stores.calendar import EarlierZone
from counter.stores.store import InvalidStore, Store
from ingest.aws.dynamodb import Item, from_item, to_item

STORE = "store"
"""The sort key of a store's own entry, and the key by which the index lists it."""


def entry_key(store_id: str, entry: str) -> Item:
    """The key of an entry."""
    return to_item({"StoreId": store_id, "Entry": entry})


def setting_values(store: Store) -> dict[str, Any]:
    """The attributes that the operator writes."""
    return {
        "Listed": STORE,
        "Name": store.name,
        "TimeZone": store.time_zone,
        "Earlier": [{"Until": str(zone.until), "TimeZone": zone.time_zone} for zone in store.earlier],
        "DayStarts": f"{store.day_starts:%H:%M}",
        "Excluded": {str(day): reason for day, reason in sorted(store.excluded.items())},
        "Country": store.country,
        "Region": store.region,
        "Currency": store.currency,
        "Language": store.language,
        "Targets": dict(store.targets),
    }


def store_item(store: Store) -> Item:
    """A new store's entry."""
    next_day = str(store.next_day) if store.next_day else None
    return entry_key(store.store_id, STORE) | to_item(
        setting_values(store) | {"NextDay": next_day, "Revision": store.revision}
    )


def store_from_item(item: Item) -> Store:
    """The inverse of `store_item`. Raises InvalidStore if it is invalid, for example edited by hand."""
    values = from_item(item)
    try:
        return _store(values)
    except InvalidStore:
        raise
    except KeyError as error:
        raise InvalidStore(values["StoreId"], [f"its entry has no {error.args[0]}"]) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidStore(values["StoreId"], [f"its entry cannot be read: {error}"]) from error


def store_or_error(item: Item) -> Store | InvalidStore:
    """The store, or the error of an entry that cannot be read, so that it stops no other."""
    try:
        return store_from_item(item)
    except InvalidStore as error:
        return error


def _store(values: Mapping[str, Any]) -> Store:
    next_day = values.get("NextDay")
    return Store(
        store_id=values["StoreId"],
        time_zone=values["TimeZone"],
        earlier=tuple(
            EarlierZone(date.fromisoformat(zone["Until"]), zone["TimeZone"]) for zone in values["Earlier"]
        ),
        name=values["Name"],
        day_starts=time.fromisoformat(values["DayStarts"]),
        excluded={date.fromisoformat(day): reason for day, reason in values["Excluded"].items()},
        country=values["Country"],
        region=values["Region"],
        currency=values["Currency"],
        language=values["Language"],
        targets={name: float(target) for name, target in values["Targets"].items()},
        next_day=date.fromisoformat(next_day) if next_day else None,
        revision=values["Revision"],
    )
