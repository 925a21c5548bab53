"""A store's settings as text, from options and for tables. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from counter.stores.store import InvalidStore, Store

TEXTS = ("name", "country", "region", "currency", "language")


def changed_store(store: Store, options: Mapping[str, Any], now: datetime) -> Store:
    """The store with the given settings; a new time zone begins at its next midnight. Raises InvalidStore."""
    values, problems = _values(store, options)
    try:
        changed = replace(store, **values)
        if options.get("time_zone"):
            changed = changed.with_time_zone(options["time_zone"].strip(), now)
    except InvalidStore as error:
        raise InvalidStore(store.store_id, [*problems, *error.problems]) from error
    if problems:
        raise InvalidStore(store.store_id, problems)
    return changed


def new_store(store_id: str, time_zone: str, options: Mapping[str, Any], now: datetime) -> Store:
    """A new store; its time zone holds from the beginning. Raises InvalidStore."""
    return changed_store(Store(store_id, time_zone), {**options, "time_zone": None}, now)


def setting_texts(store: Store) -> dict[str, str]:
    """Every setting as text."""
    return {
        "store": store.store_id,
        **{name: getattr(store, name) for name in TEXTS[:1]},
        "time_zone": store.time_zone,
        "earlier zones": "\n".join(f"{zone.time_zone} until {zone.until}" for zone in store.earlier),
        "day_starts": f"{store.day_starts:%H:%M}",
        **{name: getattr(store, name) for name in TEXTS[1:]},
        "targets": "\n".join(f"{name}={value:g}" for name, value in sorted(store.targets.items())),
        "excluded": "\n".join(f"{day} {reason}" for day, reason in sorted(store.excluded.items())),
        "history": f"written before {store.next_day}" if store.next_day else "not begun",
    }


def store_values(store: Store) -> dict[str, Any]:
    """A store for JSON."""
    return {
        "store_id": store.store_id,
        "time_zone": store.time_zone,
        "earlier": [{"until": str(zone.until), "time_zone": zone.time_zone} for zone in store.earlier],
        "day_starts": f"{store.day_starts:%H:%M}",
        **{name: getattr(store, name) for name in TEXTS},
        "targets": dict(store.targets),
        "excluded": {str(day): reason for day, reason in sorted(store.excluded.items())},
        "next_day": str(store.next_day) if store.next_day else None,
    }


def read_day(text: str) -> date:
    """A day. Raises ValueError with a sentence."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"day {text!r} cannot be read: write it as 2026-12-25") from error


def _values(store: Store, options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    # --region is that of AWS.
    texts = {name: options.get("subdivision" if name == "region" else name) for name in TEXTS}
    values: dict[str, Any] = {name: text.strip() for name, text in texts.items() if text is not None}
    problems: list[str] = []

    def read(name: str, reader: Callable[[], Any]) -> None:
        try:
            values[name] = reader()
        except ValueError as error:
            problems.append(str(error))

    if options.get("day_starts") is not None:
        read("day_starts", lambda: _time(options["day_starts"]))
    if options.get("exclude") or options.get("no_exclude"):
        read("excluded", lambda: _excluded(store, options.get("exclude", ()), options.get("no_exclude", ())))
    if options.get("target") or options.get("no_target"):
        read("targets", lambda: _targets(store, options.get("target", ()), options.get("no_target", ())))
    return values, problems


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"day_starts {text!r} cannot be read: write it as 05:00") from error


def _excluded(store: Store, given: Sequence[str], gone: Sequence[str]) -> dict[date, str]:
    excluded = dict(store.excluded)
    for day in map(read_day, gone):
        if day not in excluded:
            raise ValueError(f"day {day} is not excluded")
        del excluded[day]
    for text in given:
        name, _, reason = text.partition("=")
        excluded[read_day(name)] = reason.strip()
    return excluded


def _targets(store: Store, given: Sequence[str], gone: Sequence[str]) -> dict[str, float]:
    targets = dict(store.targets)
    for name in gone:
        if name not in targets:
            raise ValueError(f"there is no target {name!r}")
        del targets[name]
    for text in given:
        name, _, value = text.partition("=")
        try:
            targets[name.strip()] = float(value)
        except ValueError as error:
            raise ValueError(f"target {text!r} cannot be read: write it as conversion=0.25") from error
    return targets
